/**
 * Secrets in plain files that fob could stand in for: `.env`, `.npmrc`, `.netrc`, `.git-credentials`, in the
 * person's home and below the present directory.
 * Invariants: a value is looked at to tell a secret from a reference and goes nowhere, only names and places do;
 * what is read is bounded in files, depth and size, and only regular files are opened.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { TOKEN_BEGINNINGS } from './tokenBeginnings.js'

export const SCAN = Object.freeze({
  /** Below the present directory; projects keep such files near their top. */
  depth: 3,
  /** Directory entries looked at; a home full of projects is not searched through. */
  entries: 5_000,
  /** Files of this sort are small; what is larger is something else. */
  bytes: 262_144,
  /** Enough to see that there is work to do. */
  found: 200,
})

/** A secret in the open: where it is and what it is called there. */
export interface PlaintextSecret {
  readonly file: string
  readonly line: number
  readonly kind: 'env' | 'npmrc' | 'netrc' | 'git-credentials'
  /** The variable, or the host it is for. */
  readonly name: string
}

export interface Scanned {
  readonly secrets: readonly PlaintextSecret[]
  readonly files: number
}

type Reader = (line: string) => string | undefined

/** Its own word says that it is one; whole words, so that `TOKENIZER` is none. */
const SECRET_NAME =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PAT|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS)(?:_|$)/i

const KNOWN_BEGINNING = new RegExp(String.raw`^(?:${TOKEN_BEGINNINGS}|eyJ[\w-]+\.eyJ)`)

/** References, and what stands in a template until somebody fills it in. */
const NO_VALUE = /^$|^[$<{]|^(?:x+|\*+|\.+|changeme|change-me|todo|none|null|false|true|example|your[-_].*)$/i

const isValue = (value: string): boolean => !NO_VALUE.test(value) && value.length >= 8

const unquoted = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/, '$2')

const env: Reader = (line) => {
  const [, name = '', raw = ''] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/.exec(line) ?? []
  const value = unquoted(raw)
  if (name === '' || !isValue(value)) return undefined
  return SECRET_NAME.test(name) || KNOWN_BEGINNING.test(value) ? name : undefined
}

const npmrc: Reader = (line) => {
  const [, host = '', , raw = ''] =
    /^\s*(?:\/\/([^:\s]+?)\/?:)?(_authToken|_auth|_password)\s*=(.*)$/.exec(line) ?? []
  return isValue(unquoted(raw)) ? host || 'its registry' : undefined
}

const gitCredentials: Reader = (line) => {
  const [, value = '', host] = /^https?:\/\/[^:@/\s]*:([^@/\s]+)@([^/\s]+)/.exec(line.trim()) ?? []
  return isValue(value) ? host : undefined
}

/** netrc is words, not lines: a machine's password may be lines below its name. */
function netrcReader(): Reader {
  let machine = 'any host'
  let wants: 'machine' | 'password' | undefined
  return (line) => {
    let found: string | undefined
    for (const word of line
      .replace(/#.*$/, '')
      .split(/\s+/)
      .filter((text) => text !== '')) {
      if (wants === 'machine') machine = word
      if (wants === 'password' && isValue(word)) found = machine
      if (word === 'default' && wants === undefined) machine = 'any host'
      wants = wants === undefined && (word === 'machine' || word === 'password') ? word : undefined
    }
    return found
  }
}

interface Sort {
  readonly kind: PlaintextSecret['kind']
  readonly reader: () => Reader
}

function sortOf(name: string): Sort | undefined {
  if (/^\.env(?:\.[\w.-]+)?$/.test(name)) {
    return /\.(?:example|sample|template|dist)$/.test(name) ? undefined : { kind: 'env', reader: () => env }
  }
  if (name === '.npmrc') return { kind: 'npmrc', reader: () => npmrc }
  if (name === '.netrc' || name === '_netrc') return { kind: 'netrc', reader: netrcReader }
  if (name === '.git-credentials') return { kind: 'git-credentials', reader: () => gitCredentials }
  return undefined
}

/** Whose contents are other people's, or copies. */
const LEFT_OUT: readonly string[] = [
  'node_modules',
  '.git',
  '.hg',
  'vendor',
  'dist',
  'out',
  'target',
  '.venv',
]

/** Of the home only what lies at its top: below are projects, which are looked at when one is in them. */
const IN_HOME: readonly string[] = ['.env', '.npmrc', '.netrc', '_netrc', '.git-credentials']

export function scanForPlaintext(directory: string, home: string): Scanned {
  const paths = new Set(IN_HOME.map((name) => join(home, name)))
  // Git keeps its other file under a name of no kind.
  const gitFile = join(home, '.config', 'git', 'credentials')
  if (directory !== home) for (const path of filesBelow(directory)) paths.add(path)
  const secrets: PlaintextSecret[] = []
  let files = 0
  for (const path of [...paths, gitFile]) {
    const sort = path === gitFile ? sortOf('.git-credentials') : sortOf(path.slice(path.lastIndexOf('/') + 1))
    const text = sort && textOf(path)
    if (sort === undefined || text === undefined) continue
    files += 1
    secrets.push(...secretsIn(path, text, sort))
  }
  return { secrets: secrets.slice(0, SCAN.found), files }
}

function secretsIn(file: string, text: string, { kind, reader }: Sort): PlaintextSecret[] {
  const read = reader()
  return text.split('\n').flatMap((line, index) => {
    const name = read(line)
    return name === undefined ? [] : [{ file, line: index + 1, kind, name: printable(name) }]
  })
}

/** A name from a file goes to a terminal. */
const printable = (name: string): string => name.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)

function filesBelow(directory: string): string[] {
  const found: string[] = []
  let left = SCAN.entries
  let level = [directory]
  for (let depth = 0; depth <= SCAN.depth && level.length > 0; depth++) {
    const next: string[] = []
    for (const place of level) {
      for (const entry of entriesOf(place)) {
        if ((left -= 1) < 0) return found
        const path = join(place, entry.name)
        if (entry.isDirectory()) {
          if (!LEFT_OUT.includes(entry.name)) next.push(path)
        } else if (sortOf(entry.name) !== undefined) found.push(path)
      }
    }
    level = next
  }
  return found
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    // Not ours to read, or gone.
    return []
  }
}

/** undefined for what is no small regular file. */
function textOf(path: string): string | undefined {
  let descriptor: number
  try {
    // Not to wait for the other end of a pipe.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile() || stats.size > SCAN.bytes) return undefined
    const bytes = Buffer.alloc(stats.size)
    const count = readSync(descriptor, bytes, 0, stats.size, 0)
    return bytes.toString('utf8', 0, count)
  } catch {
    return undefined
  } finally {
    closeSync(descriptor)
  }
}
