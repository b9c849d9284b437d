/** Secrets come from standard input, never from arguments, and are not shown while typed. */
import { UsageFault } from './command.js'
import type { Output } from './output.js'

/** A PEM key with its certificate chain is far below; whatever is larger is the wrong file. */
const MOST_BYTES = 65_536

const ENTER = ['\r', '\n', '\u0004']
const INTERRUPT = '\u0003'
const RUB_OUT = ['\u007f', '\b']

/** All of standard input without its last newline, or one hidden line typed at `question`. `fix`: where none comes. */
export async function readSecret(output: Output, question: string, fix: string): Promise<string> {
  const secret = output.hasPerson ? await typed(output, question) : await piped(output.input, fix)
  if (secret !== '') return secret
  throw new UsageFault('no secret came from standard input', fix)
}

async function piped(input: NodeJS.ReadableStream, fix: string): Promise<string> {
  let text = ''
  input.setEncoding('utf8')
  for await (const piece of input) {
    text += String(piece)
    if (text.length > MOST_BYTES) throw new UsageFault(`a secret has at most ${MOST_BYTES} bytes`, fix)
  }
  return text.replace(/\r?\n$/, '')
}

async function typed(output: Output, question: string): Promise<string> {
  const { input } = output
  const raw = 'setRawMode' in input ? input : undefined
  // Before the question: whoever types at once would see it.
  raw?.setRawMode(true)
  output.ask(`${question}: `)
  input.setEncoding('utf8')
  let text = ''
  try {
    for await (const piece of input) {
      for (const key of String(piece)) {
        if (ENTER.includes(key)) return text
        if (key === INTERRUPT) throw new UsageFault('interrupted', '')
        text = RUB_OUT.includes(key) ? text.slice(0, -1) : text + key
      }
    }
    return text
  } finally {
    raw?.setRawMode(false)
    input.pause()
    output.note('')
  }
}
