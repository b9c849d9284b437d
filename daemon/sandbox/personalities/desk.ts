/**
 * What every authorization server keeps: who was given what, and whether it still holds. Personalities put their
 * addresses, words and rules around it. In memory; pure but for the clock and randomness it is given.
 * Invariants: a code and a single-use refresh token work once; ending a grant ends all its tokens.
 */
import { createHash } from 'node:crypto'

export interface DeskRules {
  /** Life of an access token, seconds; null: it does not end. */
  readonly accessLifetimeS: number | null
  readonly refresh: 'none' | 'singleUse' | 'reusable'
  /** Whether a refresh ends the access token of before at once. */
  readonly refreshEndsAccessToken: boolean
  /** Whether a spent refresh token that comes back ends the grant (RFC 9700 §4.14.2). */
  readonly reuseEndsGrant: boolean
  /** What its tokens begin with. */
  readonly prefixes: { readonly access: string; readonly refresh: string }
}

export interface DeskParts {
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Unguessable, URL-safe. */
  readonly id: () => string
}

export interface Client {
  readonly id: string
  /** undefined: a public client. */
  readonly secret: string | undefined
}

/** RFC 6749 and RFC 8628 words; each personality says them in its own. */
export type Fault =
  | 'invalid_grant'
  | 'invalid_client'
  | 'invalid_request'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'authorization_pending'
  | 'slow_down'
  | 'expired_token'
  | 'access_denied'

export class Refused extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault)
    this.fault = fault
  }
}

export interface Issued {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly expiresIn: number | null
  readonly scopes: readonly string[]
  /** What the authorization request named, for the id token of a first answer. */
  readonly nonce?: string
}

interface Grant {
  readonly client: string
  readonly scopes: readonly string[]
  ended: boolean
}

interface Access {
  readonly grant: Grant
  readonly endsAt: number
  ended: boolean
}

interface Refresh {
  readonly grant: Grant
  spent: boolean
}

interface Code {
  readonly client: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly challenge: string | undefined
  readonly nonce?: string
  readonly endsAt: number
  used: boolean
}

interface Device {
  readonly client: string
  readonly scopes: readonly string[]
  readonly userCode: string
  readonly endsAt: number
  decision: 'pending' | 'approved' | 'denied'
}

/** RFC 6749 §4.1.2 recommends ten minutes at most; all providers here keep to it. */
const CODE_LIFETIME_MS = 600_000
const DEVICE_LIFETIME_MS = 900_000

export interface AuthorizationAsked {
  readonly client: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly challenge: string | undefined
  readonly nonce?: string
}

export class Desk {
  readonly #rules: DeskRules
  readonly #parts: DeskParts
  readonly #clients = new Map<string, Client>()
  readonly #codes = new Map<string, Code>()
  readonly #devices = new Map<string, Device>()
  readonly #access = new Map<string, Access>()
  readonly #refresh = new Map<string, Refresh>()

  constructor(rules: DeskRules, parts: DeskParts) {
    this.#rules = rules
    this.#parts = parts
  }

  register(client: Client): void {
    this.#clients.set(client.id, client)
  }

  client(id: string): Client | undefined {
    return this.#clients.get(id)
  }

  /** A code for somebody who agreed. */
  code(asked: AuthorizationAsked): string {
    const code = this.#parts.id()
    this.#codes.set(code, { ...asked, endsAt: this.#parts.now() + CODE_LIFETIME_MS, used: false })
    return code
  }

  redeem(text: string, client: string, redirectUri: string, verifier: string | undefined): Issued {
    const code = this.#codes.get(text)
    if (code === undefined || code.used || code.endsAt <= this.#parts.now())
      throw new Refused('invalid_grant')
    if (code.client !== client || code.redirectUri !== redirectUri) throw new Refused('invalid_grant')
    if (code.challenge !== undefined && code.challenge !== challengeOf(verifier)) {
      throw new Refused('invalid_grant')
    }
    code.used = true
    const issued = this.#grant(client, code.scopes)
    return code.nonce === undefined ? issued : { ...issued, nonce: code.nonce }
  }

  beginDevice(
    client: string,
    scopes: readonly string[],
  ): { deviceCode: string; userCode: string; expiresIn: number } {
    const deviceCode = this.#parts.id()
    const userCode = userCodeFrom(this.#parts.id())
    const endsAt = this.#parts.now() + DEVICE_LIFETIME_MS
    this.#devices.set(deviceCode, { client, scopes, userCode, endsAt, decision: 'pending' })
    return { deviceCode, userCode, expiresIn: DEVICE_LIFETIME_MS / 1000 }
  }

  decideDevice(userCode: string, decision: 'approved' | 'denied'): void {
    for (const device of this.#devices.values()) if (device.userCode === userCode) device.decision = decision
  }

  pollDevice(deviceCode: string, client: string): Issued {
    const device = this.#devices.get(deviceCode)
    if (device === undefined || device.client !== client) throw new Refused('invalid_grant')
    if (device.endsAt <= this.#parts.now()) throw new Refused('expired_token')
    if (device.decision === 'denied') throw new Refused('access_denied')
    if (device.decision === 'pending') throw new Refused('authorization_pending')
    this.#devices.delete(deviceCode)
    return this.#grant(client, device.scopes)
  }

  refresh(token: string, client: string): Issued {
    const known = this.#refresh.get(token)
    if (known === undefined || known.grant.client !== client || known.grant.ended) {
      throw new Refused('invalid_grant')
    }
    if (known.spent) {
      if (this.#rules.reuseEndsGrant) known.grant.ended = true
      throw new Refused('invalid_grant')
    }
    if (this.#rules.refresh === 'singleUse') known.spent = true
    if (this.#rules.refreshEndsAccessToken) {
      for (const access of this.#access.values()) if (access.grant === known.grant) access.ended = true
    }
    return this.#issue(known.grant, this.#rules.refresh === 'singleUse')
  }

  clientCredentials(client: string, scopes: readonly string[]): Issued {
    return this.#issue({ client, scopes, ended: false }, false)
  }

  /** Ends one access token. false: there is none of that name. */
  endAccess(token: string): boolean {
    const access = this.#access.get(token)
    if (access !== undefined) access.ended = true
    return access !== undefined
  }

  /** Ends the whole grant a token, of either kind, belongs to. */
  endGrantOf(token: string): boolean {
    const grant = this.#access.get(token)?.grant ?? this.#refresh.get(token)?.grant
    if (grant !== undefined) grant.ended = true
    return grant !== undefined
  }

  /** The scopes of an access token that works now. */
  scopesOf(accessToken: string): readonly string[] | undefined {
    const access = this.#access.get(accessToken)
    if (access === undefined || access.ended || access.grant.ended) return undefined
    return access.endsAt > this.#parts.now() ? access.grant.scopes : undefined
  }

  #grant(client: string, scopes: readonly string[]): Issued {
    return this.#issue({ client, scopes, ended: false }, this.#rules.refresh !== 'none')
  }

  #issue(grant: Grant, withRefresh: boolean): Issued {
    const { prefixes, accessLifetimeS } = this.#rules
    const accessToken = prefixes.access + this.#parts.id()
    const endsAt = accessLifetimeS === null ? Infinity : this.#parts.now() + accessLifetimeS * 1000
    this.#access.set(accessToken, { grant, endsAt, ended: false })
    const refreshToken = withRefresh ? prefixes.refresh + this.#parts.id() : undefined
    if (refreshToken !== undefined) this.#refresh.set(refreshToken, { grant, spent: false })
    return { accessToken, refreshToken, expiresIn: accessLifetimeS, scopes: grant.scopes }
  }
}

/** RFC 7636 §4.2, S256. */
const challengeOf = (verifier: string | undefined): string | undefined =>
  verifier === undefined ? undefined : createHash('sha256').update(verifier).digest('base64url')

/** Eight letters in two groups, as people type them (RFC 8628 §6.1). */
function userCodeFrom(id: string): string {
  const letters = createHash('sha256')
    .update(id)
    .digest('hex')
    .replace(/[0-9]/g, (digit) => 'GHJKLMNPQR'.charAt(Number(digit)))
  const code = letters.slice(0, 8).toUpperCase()
  return `${code.slice(0, 4)}-${code.slice(4)}`
}
