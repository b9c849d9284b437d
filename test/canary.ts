/**
 * Looks for secrets where none may be: each secret of a run is a known, unguessable text, and whatever the run
 * left behind is searched for it, plain, cut short, or written another way. Pure.
 *
 * A hit is no proof of chance: a short piece counts only where a word begins or ends, a longer one anywhere, so
 * that what was sealed, which is even noise, stays quiet.
 */

export interface Canary {
  /** What it is, such as `refreshToken`. */
  readonly kind: string
  readonly text: string
}

export interface Hit {
  readonly kind: string
  /** How it was written. */
  readonly form: string
  /** Where in the text it begins. */
  readonly at: number
}

/** The shortest piece of a secret that counts. */
export const SHORTEST = 6
/** So many characters of 64 cannot be there by chance, whatever is around them. */
const ANYWHERE = 12

type Place = 'anywhere' | 'where a word begins' | 'where a word ends'

/** One way in which a secret may be written: `text` is enough to know it by. */
interface Form {
  readonly kind: string
  readonly form: string
  readonly text: string
  readonly place: Place
}

export class Canaries {
  readonly #forms = new Map<string, Form[]>()
  readonly #known = new Set<string>()

  constructor(secrets: Iterable<Canary> = []) {
    for (const secret of secrets) this.add(secret)
  }

  get size(): number {
    return this.#known.size
  }

  /** Throws for one so short that it would be found everywhere. */
  add({ kind, text }: Canary): void {
    if (this.#known.has(text)) return
    if (text.length < ANYWHERE) throw new Error(`a ${kind} of ${text.length} characters cannot be told apart`)
    this.#known.add(text)
    for (const form of formsOf(kind, text)) {
      const key = form.text.slice(0, SHORTEST)
      const forms = this.#forms.get(key)
      if (forms === undefined) this.#forms.set(key, [form])
      else forms.push(form)
    }
  }

  /** Every place in `text` where one of them begins. For bytes, pass them as `latin1`. */
  hits(text: string): Hit[] {
    const hits: Hit[] = []
    for (let at = 0; at + SHORTEST <= text.length; at++) {
      const forms = this.#forms.get(text.slice(at, at + SHORTEST))
      const found = forms?.find((form) => stands(form, text, at))
      if (found === undefined) continue
      hits.push({ kind: found.kind, form: found.form, at })
      at += found.text.length - 1
    }
    return hits
  }
}

function stands({ text: piece, place }: Form, text: string, at: number): boolean {
  if (!text.startsWith(piece, at)) return false
  if (place === 'where a word begins') return at === 0 || !isWord(text[at - 1])
  if (place === 'where a word ends') return !isWord(text[at + piece.length])
  return true
}

const isWord = (character: string | undefined): boolean =>
  character !== undefined && /[A-Za-z0-9]/.test(character)

function* formsOf(kind: string, secret: string): Generator<Form> {
  const start = secret.slice(0, SHORTEST)
  const form = (name: string, text: string, place: Place = 'anywhere'): Form => ({
    kind,
    form: name,
    text,
    place,
  })
  yield form('plain', secret.slice(0, ANYWHERE))
  yield form('the end', secret.slice(-ANYWHERE))
  yield form('a prefix', start, 'where a word begins')
  yield form('reversed', backwards(secret).slice(0, ANYWHERE))
  yield form('a prefix reversed', backwards(start), 'where a word ends')
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const shift of [0, 1, 2])
      yield form(`${encoding}, shifted by ${shift}`, base64(start, encoding, shift))
  }
  const hex = Buffer.from(start, 'latin1').toString('hex')
  yield form('hex', hex)
  yield form('HEX', hex.toUpperCase())
  for (const digits of [hex, hex.toUpperCase()]) yield form('URL-encoded', digits.replace(/../g, '%$&'))
  const encoded = encodeURIComponent(secret)
  if (encoded !== secret) yield form('URL-encoded', encoded.slice(0, ANYWHERE))
}

const backwards = (text: string): string => [...text].reverse().join('')

/**
 * Base64 of the piece as it stands behind `shift` other bytes and before more: the characters at either edge,
 * which hold bits of those as well, are left off.
 */
function base64(piece: string, encoding: 'base64' | 'base64url', shift: number): string {
  const bytes = Buffer.from('\0'.repeat(shift) + piece, 'latin1')
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor((bytes.length * 8) / 6)
  return bytes.toString(encoding).slice(first, last)
}
