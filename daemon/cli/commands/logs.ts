/** `fob logs`: the daemon's log, readable. Needs no daemon: it is read most when there is none. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { systemCode } from '../../../shared/contract/systemCode.js'
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import { currentFacts, paths } from '../../config/paths.js'
import { JSON_OPTION, type Command } from '../command.js'
import type { Output, Style } from '../output.js'
import { wholeNumber } from '../wholeNumber.js'

const USUAL_LINES = 50

/** How often a followed file is looked at. */
const LOOK_MS = 250

const CHUNK_BYTES = 65_536

/** What every line has; the rest are facts of that line. */
const COMMON = ['time', 'level', 'msg', 'pid', 'hostname']

const STYLES: Readonly<Record<string, Style>> = {
  error: 'red',
  fatal: 'red',
  warn: 'yellow',
  debug: 'dim',
  trace: 'dim',
}

function readable(line: string, output: Output): string {
  const entry = parsedJson(line)
  if (typeof entry !== 'object' || entry === null) return line
  const fields = new Map<string, unknown>(Object.entries(entry))
  const text = (name: string): string => {
    const value = fields.get(name)
    return typeof value === 'string' ? value : ''
  }
  const facts = [...fields]
    .filter(([name]) => !COMMON.includes(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const level = text('level')
  const style = STYLES[level]
  const word = level.toUpperCase().padEnd(5)
  const tail = facts.length === 0 ? '' : `  ${output.style('dim', facts.join(' '))}`
  return `${output.style('dim', text('time'))} ${style ? output.style(style, word) : word} ${text('msg')}${tail}`
}

/** Whole lines from a position on, and where the next one begins. */
class Tail {
  #position = 0
  #inode = 0
  #rest = ''
  #decoder = new StringDecoder('utf8')
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** What came since the last look. A file that was moved aside or cut is read from its beginning. */
  read(): string[] {
    const descriptor = openSync(this.#path, 'r')
    try {
      const { ino, size } = fstatSync(descriptor)
      if (ino !== this.#inode || size < this.#position) this.#restart(ino)
      const lines = (this.#rest + this.#bytesFrom(descriptor)).split('\n')
      this.#rest = lines.pop() ?? ''
      return lines.filter((line) => line !== '')
    } finally {
      closeSync(descriptor)
    }
  }

  #restart(inode: number): void {
    this.#inode = inode
    this.#position = 0
    this.#rest = ''
    this.#decoder = new StringDecoder('utf8')
  }

  #bytesFrom(descriptor: number): string {
    let text = ''
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (;;) {
      const count = readSync(descriptor, chunk, 0, CHUNK_BYTES, this.#position)
      if (count === 0) return text
      this.#position += count
      text += this.#decoder.write(chunk.subarray(0, count))
    }
  }
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined

/** Between the moving aside and the first new line there may be no file for a moment. */
function readIfThere(tail: Tail): string[] {
  try {
    return tail.read()
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return []
    throw cause
  }
}

export const logs: Command = {
  name: 'logs',
  summary: "show the daemon's log",
  options: [
    { flags: '--follow', meaning: 'go on with what is written from now on' },
    { flags: '--lines <n>', meaning: `how many to begin with (${USUAL_LINES})` },
    JSON_OPTION,
  ],
  examples: ['fob logs', 'fob logs --follow --lines 0'],
  run: async (given, { env, output }) => {
    const { logFile } = paths(env, currentFacts())
    const lines = wholeNumber(given, 'lines', `fob logs --lines ${USUAL_LINES}`) ?? USUAL_LINES
    const show = (line: string): void => output.line(given.flag('json') ? line : readable(line, output))
    if (!isThere(logFile)) output.note(`there is no log yet: ${logFile}`)
    const tail = new Tail(logFile)
    const written = readIfThere(tail)
    for (const line of written.slice(Math.max(0, written.length - lines))) show(line)
    if (!given.flag('follow')) return
    setInterval(() => readIfThere(tail).forEach(show), LOOK_MS)
    await new Promise(() => undefined)
  },
}
