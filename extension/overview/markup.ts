/**
 * HTML put together so that text of others stays text. Pure. Invariant: whatever stands in a hole of `markup` is
 * escaped, unless it is `Markup` itself; attributes are always written in double quotes.
 */
import { htmlText } from '../../shared/contract/htmlText.js'

/** HTML that is whole and safe. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Hole = string | number | Markup | readonly Markup[]

export function markup(pieces: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  const text = pieces.map((piece, at) => piece + (at < holes.length ? filled(holes[at] ?? '') : ''))
  return new Markup(text.join(''))
}

export const NOTHING = new Markup('')

function filled(hole: Hole): string {
  if (hole instanceof Markup) return hole.text
  if (typeof hole === 'object') return hole.map(({ text }) => text).join('')
  return htmlText(plain(String(hole)))
}

/** Text of others without what turns, hides or breaks what stands around it: controls, marks of direction. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
