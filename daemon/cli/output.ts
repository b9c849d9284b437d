/**
 * What a person or a program reads: facts on standard output, everything else on standard error. Colour and
 * movement only where a person looks at a terminal; `NO_COLOR` (no-color.org) is honoured.
 */
import { styleText } from 'node:util'
import type { Environment } from '../../shared/contract/places.js'

export type Style = Parameters<typeof styleText>[0]

/** The part of a stream that is used. */
export interface Sink {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

export type Input = NodeJS.ReadStream | NodeJS.ReadableStream

/** What sits at the other end of the command. */
export interface Streams {
  readonly out: Sink
  readonly err: Sink
  /** Asked for when it is needed: opening standard input costs some milliseconds. */
  readonly in: () => Input
}

/** A terminal of the old default width, for what is no terminal and must still be folded. */
const USUAL_COLUMNS = 80

/** Below this a spinner would only flicker. */
const SPIN_AFTER_MS = 200
const SPIN_EVERY_MS = 80
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** Whether the locale can show more than ASCII; an unset one usually can. */
function showsUnicode(env: Environment): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return locale === '' || /utf-?8/i.test(locale)
}

export class Output {
  readonly #streams: Streams
  readonly #env: Environment
  readonly unicode: boolean

  constructor(streams: Streams, env: Environment) {
    this.#streams = streams
    this.#env = env
    this.unicode = showsUnicode(env)
  }

  get input(): Input {
    return this.#streams.in()
  }

  /** Whether somebody is there to be asked. */
  get hasPerson(): boolean {
    if (this.#streams.err.isTTY !== true) return false
    const input = this.input
    return 'isTTY' in input && input.isTTY
  }

  /** Columns to fold at, or undefined when the reader is a program and gets everything. */
  get columns(): number | undefined {
    return this.#streams.out.isTTY === true ? (this.#streams.out.columns ?? USUAL_COLUMNS) : undefined
  }

  /** One line of standard output. */
  line(text = ''): void {
    this.#streams.out.write(`${text}\n`)
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value, null, 2))
  }

  /** One line of standard error: progress, hints, questions. */
  note(text: string): void {
    this.#streams.err.write(`${text}\n`)
  }

  /** A question's own line stays open for the answer. */
  ask(text: string): void {
    this.#streams.err.write(text)
  }

  /** What went wrong, and what to type. */
  failure(message: string, fix: string): void {
    if (message !== '') this.note(`${this.styleNote('red', 'fob:')} ${message}`)
    if (fix !== '') this.note(`${this.styleNote('dim', '     fix:')} ${this.styleNote('bold', fix)}`)
  }

  style(style: Style, text: string): string {
    return this.#styled(this.#streams.out, style, text)
  }

  styleNote(style: Style, text: string): string {
    return this.#styled(this.#streams.err, style, text)
  }

  /** Shows that something is under way until `work` settles. Nothing at all where nobody looks. */
  async progress<T>(text: string, work: () => Promise<T>): Promise<T> {
    const { err } = this.#streams
    if (err.isTTY !== true || this.#env['TERM'] === 'dumb') return work()
    const begin = Date.now()
    let frame = 0
    let shown = false
    const timer = setInterval(() => {
      if (Date.now() - begin < SPIN_AFTER_MS) return
      shown = true
      const mark = this.unicode ? (FRAMES[frame++ % FRAMES.length] ?? '') : '...'
      err.write(`\r\x1b[2K${this.styleNote('cyan', mark)} ${text}`)
    }, SPIN_EVERY_MS)
    try {
      return await work()
    } finally {
      clearInterval(timer)
      if (shown) err.write('\r\x1b[2K')
    }
  }

  /** The stream is judged here; Node would judge its own standard output instead. */
  #styled(sink: Sink, style: Style, text: string): string {
    return this.#colours(sink) ? styleText(style, text, { validateStream: false }) : text
  }

  #colours(sink: Sink): boolean {
    return sink.isTTY === true && !this.#env['NO_COLOR'] && this.#env['TERM'] !== 'dumb'
  }
}
