/**
 * Judges the calls of an act, as strace notes them, by what a power cut would leave: a file that takes a name
 * has reached the disk before it does, and the directory with the name reaches it afterwards. Pure.
 */
import { basename, dirname } from 'node:path'

interface Call {
  readonly name: 'write' | 'fsync' | 'rename' | 'link' | 'unlink'
  /** Of the file, or from where to where. */
  readonly paths: readonly string[]
}

const NAMES = [
  [/^pwrite64\(/, 'write'],
  [/^fsync\(/, 'fsync'],
  [/^rename\w*\(/, 'rename'],
  [/^link\w*\(/, 'link'],
  [/^unlink\w*\(/, 'unlink'],
] as const

/** Nothing for lines that are no such call, or a call that failed. */
function callIn(line: string): Call | undefined {
  const text = line.replace(/^\[pid +\d+\] /, '')
  const name = NAMES.find(([pattern]) => pattern.test(text))?.[1]
  if (name === undefined || !/ = \d+$/.test(text)) return undefined
  const paths = name === 'write' || name === 'fsync' ? /\d+<([^>]*)>/ : /"([^"]*)"(?:.*"([^"]*)")?/
  return { name, paths: (paths.exec(text) ?? []).slice(1).filter((path) => path !== undefined) }
}

/** What a power cut right after the act would lose, in words; and how many names were judged. */
export function lossesIn(lines: readonly string[]): { readonly losses: string[]; readonly names: number } {
  const calls = lines.flatMap((line) => callIn(line) ?? [])
  const losses: string[] = []
  let names = 0
  for (const [at, { name, paths }] of calls.entries()) {
    const [from = '', to = from] = paths
    if (name === 'rename') {
      const written = calls.slice(0, at).filter((call) => call.paths[0] === from)
      const last = written.at(-1)
      if (last?.name === 'write') losses.push(`${base(from)} took the name ${base(to)} before it was flushed`)
    }
    if (name === 'rename' || (name === 'unlink' && !from.endsWith('.tmp'))) {
      names += 1
      const flushed = calls.slice(at).some((call) => call.name === 'fsync' && call.paths[0] === dirname(to))
      if (!flushed) losses.push(`the directory of ${base(to)} was not flushed after its ${name}`)
    }
  }
  return { losses, names }
}

/** Without what differs from write to write. */
const base = (path: string): string => basename(path).replace(/\.[0-9a-f]{12}\.tmp$/, '')
