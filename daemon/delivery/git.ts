/**
 * Git's credential protocol (gitcredentials(7), git-credential(1)) as text in and text out, and the rule that
 * says which host is served by which connection.
 * Invariants: a field with NUL, CR or LF is never accepted and never written; a host that is not in the map gets
 * nothing; plain http is for loopback only; a refresh token has no way in here.
 */
import { comparable, isHost, protocolsOf, type GitProtocol } from '../../shared/contract/gitHost.js'

/** What git asks, reduced to what matters here. '' where git said nothing. */
export interface GitRequest {
  readonly protocol: string
  readonly host: string
  /** Of the URL, or of `credential.username`. */
  readonly username: string
  /** Without a slash before it; only where `credential.useHttpPath` is set. */
  readonly path: string
  readonly password: string
  /** Whether git takes `authtype` and `credential` (2.46 and later). */
  readonly takesAuthtype: boolean
  /** The server's challenges, when git passes them on (2.41 and later). */
  readonly challenges: readonly string[]
}

/** Input that no git sends. The message has none of the input in it: that may be a secret. */
export class GitInputFault extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'GitInputFault'
  }
}

/** git-credential(1): a line has at most 65535 bytes. */
const LONGEST_LINE = 65_535

const BROKEN = /[\x00\r]/

/** Throws GitInputFault. Unknown keys are ignored, as the protocol says; all up to the first empty line counts. */
export function parseGitRequest(text: string): GitRequest {
  const fields = new Map<string, string>()
  const lists = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    if (line === '') break
    const [key, value] = fieldOf(line)
    if (key.endsWith('[]')) addTo(lists, key, value)
    else if (fields.has(key)) throw new GitInputFault(`${nameable(key)} is given twice`)
    else fields.set(key, value)
  }
  const field = (key: string): string => fields.get(key) ?? ''
  return {
    protocol: field('protocol'),
    host: field('host'),
    username: field('username'),
    path: field('path'),
    password: field('password'),
    takesAuthtype: lists.get('capability[]')?.includes('authtype') ?? false,
    challenges: lists.get('wwwauth[]') ?? [],
  }
}

function fieldOf(line: string): readonly [string, string] {
  if (line.length > LONGEST_LINE) throw new GitInputFault('a line is longer than 65535 bytes')
  if (BROKEN.test(line)) throw new GitInputFault('a field has a NUL or a carriage return in it')
  const at = line.indexOf('=')
  if (at < 1) throw new GitInputFault('a line is not key=value')
  return [line.slice(0, at), line.slice(at + 1)]
}

/** An empty value empties the list (git-credential(1)). */
function addTo(lists: Map<string, string[]>, key: string, value: string): void {
  lists.set(key, value === '' ? [] : [...(lists.get(key) ?? []), value])
}

/** Keys are git's own words; anything else is not repeated. */
const nameable = (key: string): string => (/^[a-z_]{1,32}$/.test(key) ? key : 'a key')

/** What git gets. */
export interface GitCredential {
  readonly username: string
  readonly accessToken: string
  /** Epoch milliseconds; null when it does not expire. */
  readonly expiresAt: number | null
}

/**
 * The answer to `get`. As a Bearer credential only when git takes one and the server asks for that and not for
 * Basic; else as user name and password. undefined when a value cannot stand on a line.
 */
export function gitAnswer(request: GitRequest, credential: GitCredential): string | undefined {
  const { username, accessToken, expiresAt } = credential
  const secret = wantsBearer(request)
    ? ['capability[]=authtype', 'authtype=Bearer', `credential=${accessToken}`, 'ephemeral=1']
    : [`username=${username}`, `password=${accessToken}`]
  const expiry = expiresAt === null ? [] : [`password_expiry_utc=${Math.floor(expiresAt / 1000)}`]
  const lines = [...secret, ...expiry]
  const broken = accessToken === '' || lines.some((line) => BROKEN.test(line) || line.includes('\n'))
  return broken ? undefined : `${lines.join('\n')}\n`
}

function wantsBearer({ takesAuthtype, challenges }: GitRequest): boolean {
  const asks = (scheme: RegExp): boolean => challenges.some((challenge) => scheme.test(challenge))
  return takesAuthtype && asks(/^bearer\b/i) && !asks(/^basic\b/i)
}

/** Stops git from asking the next helper or the person: the one who serves this host has said what is wrong. */
export const GIT_QUIT = 'quit=1\n'

/** The answer to `capability`. */
export const GIT_CAPABILITIES = 'version 0\ncapability authtype\n'

export interface ServedHost {
  readonly host: string
  readonly connection: string
  /** To send beside the access token. */
  readonly username: string
  /** What the paths begin with that it is for, in whole segments; absent: all. */
  readonly path?: string | undefined
}

/** One that others may serve too, by another account. */
export interface SharedHost extends ServedHost {
  /** Names of its account, as a URL may have them for a user. */
  readonly accounts: readonly string[]
  /** Whether some serve only some of its paths, so that git has to tell the path. */
  readonly byPath: boolean
}

/** All that serve this host; none for a host that is not ours. */
export function serving<H extends ServedHost>(served: readonly H[], protocol: string, host: string): H[] {
  if (!isGitProtocol(protocol) || !isHost(host.toLowerCase())) return []
  const wanted = comparable(host, protocol)
  return served.filter(
    (one) => comparable(one.host, protocol) === wanted && protocolsOf(one.host).includes(protocol),
  )
}

/** `say`: what git does not tell, and would decide between several. */
export type Choice<H> =
  | { readonly kind: 'one'; readonly served: H }
  | { readonly kind: 'none' }
  | { readonly kind: 'undecided'; readonly say: 'user' | 'path' }

/**
 * Which of those that serve a host: the one whose connection or account is named as the user, else the one for the
 * longest beginning of the path, else the only one. A user name that is none of theirs says nothing, since many
 * providers take any.
 */
export function chosen<H extends SharedHost>(
  among: readonly H[],
  { username, path }: Pick<GitRequest, 'username' | 'path'>,
): Choice<H> {
  const named = among.filter((one) => one.connection === username || one.accounts.includes(username))
  const ofNamed = onlyOne(named)
  if (ofNamed !== undefined) return { kind: 'one', served: ofNamed }
  const possible = named.length > 0 ? named : among
  if (path === '' && possible.some(({ byPath }) => byPath)) return { kind: 'undecided', say: 'path' }
  const fitting = possible.filter((one) => isBelow(path, one.path))
  const longest = Math.max(...fitting.map((one) => one.path?.length ?? 0))
  const best = fitting.filter((one) => (one.path?.length ?? 0) === longest)
  if (best.length === 0) return { kind: 'none' }
  const served = onlyOne(best)
  return served === undefined ? { kind: 'undecided', say: 'user' } : { kind: 'one', served }
}

/** The first, when all are of one connection. */
const onlyOne = <H extends ServedHost>([first, ...others]: readonly H[]): H | undefined =>
  others.every(({ connection }) => connection === first?.connection) ? first : undefined

/** The owners of repositories are told apart without regard to case by those who have many. */
const isBelow = (path: string, beginning = ''): boolean =>
  beginning === '' || `${path.toLowerCase()}/`.startsWith(`${beginning.toLowerCase()}/`)

const isGitProtocol = (text: string): text is GitProtocol => text === 'http' || text === 'https'

/**
 * Settings for git that send the served hosts, and no other, to `command`. The empty helper first: helpers from
 * other settings would hand out what they stored long ago, or store what is ours.
 */
export const gitConfig = (
  served: readonly Pick<SharedHost, 'host' | 'path' | 'byPath'>[],
  command: string,
): string =>
  [
    '# Written by fob from delivery.git in fob.json, and from what providers name.\n',
    ...served.flatMap(({ host, path, byPath }) =>
      protocolsOf(host).map((protocol) => {
        const url = `${protocol}://${host}${path === undefined ? '' : `/${path}`}`
        const told = byPath ? '\tuseHttpPath = true\n' : ''
        return `[credential "${escaped(url)}"]\n\thelper =\n\thelper = "${escaped(`!${command}`)}"\n${told}`
      }),
    ),
  ].join('')

/** git-config(1), "Syntax": inside double quotes these two are escaped. */
const escaped = (text: string): string => text.replace(/["\\]/g, '\\$&')
