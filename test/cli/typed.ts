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
  { env = {}, input = '', terminal, seen }: Circumstances = {},
): Promise<Typed> {
  const printed = { out: '', err: '' }
  const sink = (name: 'out' | 'err') => ({
    isTTY: terminal !== undefined,
    columns: terminal,
    write: (text: string) => {
      printed[name] += text
      if (name === 'out') seen?.(printed.out)
    },
  })
  const streams = { out: sink('out'), err: sink('err'), in: () => Readable.from([input]) }
  const code = await invoke(words, { env, streams, programs })
  return { code, ...printed }
}
