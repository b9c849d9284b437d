/**
 * What every authorization server keeps: who was given what, and whether it still holds. Personalities put their
 * addresses, words and rules around it. In memory, and its grants can be taken out and put back; pure but for what
 * it is given. Invariants: a single-use refresh token works once; ending a grant ends all its tokens; of tokens and
 * client secrets it knows digests only.
 */
import { digest } from '../digest.js'
import type { Client } from './client.js'
import type { Access, Grant, Issued, Refresh } from './deskHoldings.js'
import type { DeskRules } from './deskRules.js'
import type { DeskState } from './deskState.js'
import { Refused } from './refused.js'
import {
  SignInsUnderWay,
  type AuthorizationAsked,
  type DeviceAsked,
  type DeviceBegun,
  type SignInParts,
} from './signInsUnderWay.js'

export interface DeskParts extends SignInParts {
  /** Life of access tokens from now on, seconds; undefined: as the rules have it. */
  readonly lifetimeS?: () => number | undefined
  readonly witness?: DeskWitness
}

/** Hears what happens, for a ledger. */
export interface DeskWitness {
  issued(issued: Issued): void
  /** A spent refresh token came back. */
  reused(): void
}

/** So many tokens of either kind are remembered beyond those that work: days of a client that renews all the time. */
const KEPT = 2_000

export class Desk {
  readonly #rules: DeskRules
  readonly #parts: DeskParts
  readonly #clients = new Map<string, Client>()
  readonly #underWay: SignInsUnderWay
  /** By digest, as refresh tokens are. */
  readonly #access = new Map<string, Access>()
  readonly #refresh = new Map<string, Refresh>()

  constructor(rules: DeskRules, parts: DeskParts) {
    this.#rules = rules
    this.#parts = parts
    this.#underWay = new SignInsUnderWay(parts)
  }

  register({ id, secret }: { readonly id: string; readonly secret: string | undefined }): void {
    this.admit({ id, secretDigest: secret === undefined ? undefined : digest(secret) })
  }

  /** The same for one whose secret is not known here. */
  admit(client: Client): void {
    this.#clients.set(client.id, client)
  }

  /** Somebody deleted it. What it was given is not touched. */
  dismiss(id: string): void {
    this.#clients.delete(id)
  }

  client(id: string): Client | undefined {
    return this.#clients.get(id)
  }

  /** A code for somebody who agreed. */
  code(asked: AuthorizationAsked): string {
    return this.#underWay.code(asked)
  }

  redeem(text: string, client: string, redirectUri: string, verifier: string | undefined): Issued {
    const code = this.#underWay.redeem(text, client, redirectUri, verifier)
    const issued = this.#grant(code, false)
    return code.nonce === undefined ? issued : { ...issued, nonce: code.nonce }
  }

  beginDevice(client: string, scopes: readonly string[]): DeviceBegun {
    return this.#underWay.beginDevice(client, scopes)
  }

  /** undefined: no device waits with this code. */
  decideDevice(userCode: string, decision: 'approved' | 'denied'): DeviceAsked | undefined {
    return this.#underWay.decideDevice(userCode, decision)
  }

  pollDevice(deviceCode: string, client: string): Issued {
    return this.#grant(this.#underWay.pollDevice(deviceCode, client), true)
  }

  /** `scopes`: those of the access token alone; the grant keeps its own. */
  refresh(token: string, client: string, scopes?: readonly string[]): Issued {
    const key = digest(token)
    const known = this.#refresh.get(key)
    if (known === undefined || known.grant.client !== client || known.grant.ended) {
      throw new Refused('invalid_grant')
    }
    if (known.spent && !this.#isForgiven(known.grant, key)) {
      this.#parts.witness?.reused()
      if (this.#rules.reuseEndsGrant) known.grant.ended = true
      throw new Refused('invalid_grant')
    }
    if (this.#rules.refresh === 'singleUse' && !known.spent) this.#spend(known, key)
    if (this.#rules.refreshEndsAccessToken) {
      for (const access of this.#access.values()) if (access.grant === known.grant) access.ended = true
    }
    return this.#issue(known.grant, this.#rules.refresh !== 'reusable', scopes)
  }

  #spend(known: Refresh, key: string): void {
    known.spent = true
    const { graceS = 0 } = this.#rules
    known.grant.forgiven = { key, until: this.#parts.now() + graceS * 1_000 }
  }

  /** Of the one used last, and of none before it. */
  #isForgiven({ forgiven }: Grant, key: string): boolean {
    return forgiven?.key === key && this.#parts.now() < forgiven.until
  }

  /** The scopes of the grant a refresh token belongs to. */
  granted(refreshToken: string): readonly string[] {
    return this.#refresh.get(digest(refreshToken))?.grant.scopes ?? []
  }

  /** The same access token lives on, up to the longest it may. */
  renew(accessToken: string): Issued {
    const access = this.#access.get(digest(accessToken))
    if (access === undefined || !this.#works(access)) throw new Refused('invalid_grant')
    const now = this.#parts.now()
    access.endsAt = Math.min(now + (this.#lifetimeS ?? 0) * 1000, access.lastAt)
    const expiresIn = Math.floor((access.endsAt - now) / 1000)
    return this.#told({ accessToken, refreshToken: undefined, expiresIn, scopes: access.scopes })
  }

  /** Another access token of the same grant, for less; undefined: this one does not work. */
  narrow(accessToken: string, scopes: readonly string[]): Issued | undefined {
    const access = this.#access.get(digest(accessToken))
    return access && this.#works(access) ? this.#issue(access.grant, false, scopes) : undefined
  }

  clientCredentials(client: string, scopes: readonly string[]): Issued {
    return this.#issue({ client, account: client, scopes, fromDevice: false, ended: false }, false)
  }

  /** Whether the grant of this refresh token was begun with a code typed elsewhere. */
  isFromDevice(refreshToken: string): boolean {
    return this.#refresh.get(digest(refreshToken))?.grant.fromDevice === true
  }

  /** An id token that stands beside an access token, known by the same grant. */
  signed(idToken: string, beside: string, endsAt: number): void {
    const grant = this.#access.get(digest(beside))?.grant
    if (grant === undefined) return
    this.#access.set(digest(idToken), {
      grant,
      scopes: grant.scopes,
      endsAt,
      lastAt: endsAt,
      isStateless: true,
      ended: false,
    })
  }

  /** Ends one access token. false: there is none of that name. */
  endAccess(token: string): boolean {
    const access = this.#access.get(digest(token))
    if (access !== undefined) access.ended = true
    return access !== undefined
  }

  /** Ends the whole grant a token, of either kind, belongs to. */
  endGrantOf(token: string): boolean {
    const grant = this.#grantOf(token)
    if (grant !== undefined) grant.ended = true
    return grant !== undefined
  }

  /** Ends whatever the account of this token gave to its client. */
  endAllLike(token: string): void {
    const known = this.#grantOf(token)
    for (const grant of this.#grants()) {
      if (grant.client === known?.client && grant.account === known.account) grant.ended = true
    }
  }

  #grantOf(token: string): Grant | undefined {
    const key = digest(token)
    return this.#access.get(key)?.grant ?? this.#refresh.get(key)?.grant
  }

  /** Ends every grant that matches; says how many there were. */
  endGrants(matches: (grant: { readonly client: string; readonly account: string }) => boolean): number {
    const ending = this.#grants().filter(matches)
    for (const grant of ending) grant.ended = true
    return ending.length
  }

  /** The scopes of an access token that works now. */
  scopesOf(accessToken: string): readonly string[] | undefined {
    const access = this.#access.get(digest(accessToken))
    return access && this.#works(access) ? access.scopes : undefined
  }

  /** Whose an access token is that works now. */
  accountOf(accessToken: string): string | undefined {
    const access = this.#access.get(digest(accessToken))
    return access && this.#works(access) ? access.grant.account : undefined
  }

  /** What a restart needs: grants with their tokens. Sign-ins under way are not kept. */
  state(): DeskState {
    const kept = new Map<Grant, DeskState['grants'][number]>()
    for (const grant of this.#grants()) {
      const { client, account, scopes, fromDevice } = grant
      kept.set(grant, { client, account, scopes: [...scopes], fromDevice, access: [], refresh: [] })
    }
    for (const [key, { grant, scopes, endsAt, lastAt, isStateless, ended }] of this.#access) {
      const own = scopes === grant.scopes ? {} : { scopes: [...scopes] }
      const ends = { endsAt: finite(endsAt), lastAt: finite(lastAt), isStateless, ended }
      kept.get(grant)?.access.push({ key, ...ends, ...own })
    }
    for (const [key, { grant, spent }] of this.#refresh) kept.get(grant)?.refresh.push({ key, spent })
    return { grants: [...kept.values()] }
  }

  restore({ grants }: DeskState): void {
    for (const { client, account, scopes, fromDevice, access, refresh } of grants) {
      const grant: Grant = { client, account, scopes, fromDevice, ended: false }
      for (const { key, endsAt, lastAt, isStateless, ended, scopes: own = scopes } of access) {
        const ends = { endsAt: endsAt ?? Infinity, lastAt: lastAt ?? Infinity }
        this.#access.set(key, { grant, scopes: own, ...ends, isStateless, ended })
      }
      for (const { key, spent } of refresh) this.#refresh.set(key, { grant, spent })
    }
  }

  /** Those that hold. */
  #grants(): Grant[] {
    const tokens = [...this.#access.values(), ...this.#refresh.values()]
    return [...new Set(tokens.map(({ grant }) => grant))].filter(({ ended }) => !ended)
  }

  #works({ grant, endsAt, isStateless, ended }: Access): boolean {
    return !ended && (isStateless || !grant.ended) && endsAt > this.#parts.now()
  }

  get #lifetimeS(): number | null {
    return this.#parts.lifetimeS?.() ?? this.#rules.accessLifetimeS
  }

  #grant({ client, account, scopes }: Omit<Grant, 'fromDevice' | 'ended'>, fromDevice: boolean): Issued {
    const grant = { client, account, scopes, fromDevice, ended: false }
    const { refresh } = this.#rules
    return this.#issue(grant, refresh !== 'none' && refresh !== 'inPlace')
  }

  #issue(grant: Grant, withRefresh: boolean, scopes = grant.scopes): Issued {
    const { prefixes, longestS = Infinity } = this.#rules
    const expiresIn = this.#lifetimeS
    const accessToken = prefixes.access + this.#parts.id()
    const endsAt = expiresIn === null ? Infinity : this.#parts.now() + expiresIn * 1000
    const lastAt = this.#parts.now() + longestS * 1000
    this.#access.set(digest(accessToken), { grant, scopes, endsAt, lastAt, isStateless: false, ended: false })
    const refreshToken = withRefresh ? prefixes.refresh + this.#parts.id() : undefined
    if (refreshToken !== undefined) this.#refresh.set(digest(refreshToken), { grant, spent: false })
    forgetOldest(this.#access, (access) => !this.#works(access))
    forgetOldest(this.#refresh, ({ spent, grant: { ended } }) => spent || ended)
    return this.#told({ accessToken, refreshToken, expiresIn, scopes })
  }

  #told(issued: Issued): Issued {
    this.#parts.witness?.issued(issued)
    return issued
  }
}

/** JSON knows no Infinity. */
const finite = (moment: number): number | null => (moment === Infinity ? null : moment)

/** Maps keep the order things came in. What works is never forgotten. */
function forgetOldest<T>(tokens: Map<string, T>, isOver: (token: T) => boolean): void {
  for (const [key, token] of tokens) {
    if (tokens.size <= KEPT) return
    if (isOver(token)) tokens.delete(key)
  }
}
