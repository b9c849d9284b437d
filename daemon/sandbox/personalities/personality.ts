/** What a provider's own server is to the sandbox: routes around a desk, with that provider's addresses and words. */
import { createHash } from 'node:crypto'
import type { Flow } from '../../../shared/contract/connection.js'
import type { SandboxEndpoint } from '../../../shared/contract/sandboxFault.js'
import type { Matter } from '../../../shared/contract/doctor.js'
import type { Endpoints } from '../../../shared/contract/newConnection.js'
import { basicIn, type Basic } from '../basic.js'
import type { Desk } from './desk.js'
import type { DeskRules } from './deskRules.js'

/** A request as personalities see it. */
export interface Asked {
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
  readonly header: (name: string) => string | undefined
  /** What stands for `*` in a path. */
  readonly rest: string
  /** `http://127.0.0.1:8080` */
  readonly base: string
  /** When it came, epoch milliseconds. */
  readonly now: number
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** `GET /path`; a path may hold one `*`. */
export type Routes = Readonly<Record<string, (asked: Asked) => Answer>>

/** Where an error is met: at the token endpoint for one of its grants, where a device begins, and so on. */
export type Where =
  | 'refresh'
  | 'redeem'
  | 'poll'
  | 'device'
  /** There too, for an access token that is to become one for less. */
  | 'narrow'
  /** At the token endpoint, for a client that acts for itself. */
  | 'itself'
  /** Where fob registers its client. */
  | 'register'
  /** Where fob tells what the browser will ask, before there is a browser. */
  | 'begin'
  /** In the address the browser comes back with. */
  | 'browser'
  /** At the API, by an access token. */
  | 'api'

/** An error that it answers with, as its documentation and people who met it show it. */
export interface Misfortune {
  readonly where: Where
  /** 200 for those that always say so. */
  readonly status: number
  /** In the browser the members are parameters. */
  readonly body: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  /** Of refreshes: whether the grant is over with it, so that only a person can mend it. */
  readonly endsGrant?: true
  /** What a person has to look at, as an expert would say. */
  readonly matter: Matter
}

export interface Personality {
  /** The catalogue's id of whom it plays. */
  readonly id: string
  /** What it does otherwise than its usual self: `without rotation`. */
  readonly as?: string
  /** Where it is, below the base; what a person names as issuer. */
  readonly path?: string
  /** What a person tells beside that to add a connection. */
  readonly details?: Readonly<Record<string, string>>
  /** What a person asks for, where the provider's file knows nothing usual. */
  readonly scopes?: readonly string[]
  /** Its addresses, for one that has no issuer and is named by them. */
  readonly addresses?: (base: string) => Endpoints
  readonly rules: DeskRules
  /** Its token endpoint, as a line of the routes. */
  readonly tokenRequest: string
  /** Where a code is redeemed, if not there. */
  readonly redeemRequest?: string
  /** Where an access token becomes one for less, if not there. */
  readonly narrowRequest?: string
  /** The other endpoints that can be disturbed, likewise. */
  readonly endpoints?: Partial<Readonly<Record<Exclude<SandboxEndpoint, 'token'>, string>>>
  /** Whether scopes are granted as asked; else what a token may do is settled elsewhere. */
  readonly grantsScopes: boolean
  /** Whether it registers clients for programs, where a person may name one all the same. */
  readonly registersClients?: true
  /** Absent: it says whose account it is. */
  readonly knowsAccount?: false
  /** Whether it has a way to end a grant. */
  readonly revokes: boolean
  /** Who has no secret cannot end its grant. */
  readonly revokesBySecret?: true
  /** By this flow an access token comes alone, whatever its rules say. */
  readonly bringsNoRefreshToken?: Flow
  readonly misfortunes?: readonly Misfortune[]
  /** What callers hand on is checked by its signature alone, so that revoking does not end it before its time. */
  readonly isStateless?: true
  /** Called once; `person` at each request, who may have changed their mind. */
  readonly routes: (desk: Desk, person: () => Person) => Routes
}

/** Who sits in front of the browser, and what they do. */
export interface Person {
  readonly name: string
  readonly decision: 'approve' | 'deny'
  /** The provider's own word for an error that it answers to every refresh meanwhile. */
  readonly trouble?: string | undefined
}

export const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
})

export const text = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
})

/** Done, and nothing to say. */
export const empty = (status: 200 | 204): Answer => ({ status, headers: {}, body: '' })

export const redirectTo = (url: string): Answer => ({ status: 302, headers: { location: url }, body: '' })

export const basicOf = (asked: Asked): Basic | undefined => basicIn(asked.header('authorization') ?? '')

export const bearerOf = (asked: Asked): string =>
  /^(?:Bearer|token) +(\S+)$/i.exec(asked.header('authorization') ?? '')?.[1] ?? ''

/** A number that an account always has, as many providers count them. */
export const numberOf = (account: string): number =>
  createHash('sha256').update(account).digest().readUInt32BE(0)

export const scopesIn = (text: string | null): string[] =>
  (text ?? '').split(/[ ,]+/).filter((scope) => scope !== '')
