/** One `fob …` as typed, inside this process: what it printed, and its exit code. */
import { Readable } from 'node:stream'
import { invoke } from '../../daemon/cli/invoke.js'
import type { Programs } from '../../daemon/cli/command.js'

export interface Typed {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Circumstances {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** A person at a terminal, who answers one question after the other so. */
  readonly answers?: readonly string[]
  /** Pretends that a terminal of this width is on both streams. */
  readonly terminal?: number
  /** Called with all of standard output at each write. */
  readonly seen?: (out: string) => void
}

/** A start would fail and say so: tests bring the daemon they want. */
const programs: Programs = {
  daemon: { name: 'daemon', node: process.execPath, script: '/nonexistent/daemon.mjs' },
  sandbox: { name: 'sandbox', node: process.execPath, script: '/nonexistent/sandbox.mjs' },
}

export async function typed(
  words: readonly string[],
  { env = {}, input = '', answers, terminal, seen }: Circumstances = {},
): Promise<Typed> {
  const printed = { out: '', err: '' }
  const said = answers?.[Symbol.iterator]()
  const person = Object.assign(new Readable({ read: () => undefined }), { isTTY: true })
  const answer = (): void => {
    const { done, value } = said?.next() ?? { done: true, value: undefined }
    person.push(done === true ? null : `${value}\n`)
  }
  const sink = (name: 'out' | 'err') => ({
    isTTY: terminal !== undefined || said !== undefined,
    columns: terminal,
    write: (text: string) => {
      printed[name] += text
      if (name === 'out') seen?.(printed.out)
      if (name === 'err' && text.endsWith(': ')) answer()
    },
  })
  const streams = {
    out: sink('out'),
    err: sink('err'),
    in: () => (said === undefined ? Readable.from([input]) : person),
  }
  const code = await invoke(words, { env, streams, programs })
  return { code, ...printed }
}
