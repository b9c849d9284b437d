/**
 * The page a person sees at the end of a consent. Pure: facts in, one self-contained HTML document out. It needs
 * no script and loads nothing, so its policy forbids everything but its own style; every value is escaped.
 * It is read aloud as it is read: title, one main, one heading, one status.
 */
import { createHash } from 'node:crypto'
import { htmlText } from '../../shared/contract/htmlText.js'
import type { FinishedPage } from '../core/ports.js'
import { STYLE } from './finishedStyle.js'

const styleHash = createHash('sha256').update(STYLE).digest('base64')

/** The Content-Security-Policy these pages are made for. */
export const PAGE_POLICY = [
  `default-src 'none'`,
  `style-src 'sha256-${styleHash}'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ')

/** What the page says, before it is HTML. */
interface Words {
  readonly tone: 'good' | 'bad' | 'neutral'
  readonly heading: string
  readonly lead: string
  readonly facts: ReadonlyArray<readonly [name: string, value: string]>
  /** A command to type, '' for none. */
  readonly command: string
  readonly next: string
}

const RETURN = 'You can close this tab and return to your editor or terminal.'

export function finishedPage(page: FinishedPage): string {
  return documentOf(wordsOf(page))
}

function wordsOf(page: FinishedPage): Words {
  switch (page.kind) {
    case 'signedIn':
      return {
        tone: page.warning === undefined ? 'good' : 'neutral',
        heading: 'Signed in',
        lead: page.warning ?? 'The connection is ready, and fob keeps it fresh from here on.',
        facts: [
          ['Connection', page.connection],
          ...(page.account === null ? [] : [['Account', page.account.label || page.account.id] as const]),
        ],
        command: '',
        next: RETURN,
      }
    case 'denied':
      return {
        tone: 'neutral',
        heading: 'Not signed in',
        lead: page.message,
        facts: [['Connection', page.connection]],
        command: `fob sign-in ${page.connection}`,
        next: `Nothing was changed. ${RETURN}`,
      }
    case 'failed':
      return {
        tone: 'bad',
        heading: 'Sign-in failed',
        lead: page.message,
        facts: [['Connection', page.connection]],
        command: page.fix,
        next: RETURN,
      }
    case 'stray':
      return {
        tone: 'neutral',
        heading: 'Not the answer fob waits for',
        lead: 'This page belongs to another sign-in, perhaps an older one. The one that is running goes on.',
        facts: [],
        command: '',
        next: 'Continue in the tab that was opened last, or start again from your editor or terminal.',
      }
  }
}

/** Each shape differs, so that colour alone tells nobody apart. */
const MARKS: Readonly<Record<Words['tone'], string>> = {
  good: '<path d="M15 24.5l6.5 6.5L34 18"/>',
  bad: '<path d="M17 17l14 14M31 17L17 31"/>',
  neutral: '<path d="M24 14v13M24 33.5v.01"/>',
}

function documentOf(words: Words): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${htmlText([words.heading, words.facts[0]?.[1], 'fob'].filter((part) => part !== undefined).join(' · '))}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<style>${STYLE}</style>
</head>
<body>
<main class="${words.tone}">
<svg viewBox="0 0 48 48" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="22"/>${MARKS[words.tone]}</svg>
<div role="status">
<h1>${htmlText(words.heading)}</h1>
<p class="lead">${htmlText(words.lead)}</p>
</div>
${factsOf(words.facts)}${commandOf(words.command)}<p class="next">${htmlText(words.next)}</p>
</main>
<footer>fob</footer>
</body>
</html>
`
}

function factsOf(facts: Words['facts']): string {
  if (facts.length === 0) return ''
  const rows = facts.map(
    ([name, value]) => `<div><dt>${htmlText(name)}</dt><dd>${htmlText(value)}</dd></div>`,
  )
  return `<dl>${rows.join('')}</dl>\n`
}

function commandOf(command: string): string {
  if (command === '') return ''
  return `<p class="try">To try again, type:</p>
<pre><code>${htmlText(command)}</code></pre>\n`
}
