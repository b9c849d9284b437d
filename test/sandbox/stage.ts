/** A personality on loopback and a client without a library: what it answers is seen as it comes over the wire. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Desk } from '../../daemon/sandbox/personalities/desk.js'
import { play } from '../../daemon/sandbox/personalities/listen.js'
import type { Person, Personality } from '../../daemon/sandbox/personalities/personality.js'
import { baseOf, closed, listening } from '../loopback.js'

export const CLIENT = { id: 'client', secret: 'its-secret' }
export const ANY_PORT = 'http://127.0.0.1:49152/callback'
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

const VERIFIER = 'a-verifier-that-is-long-enough-for-the-rfc-7636'

export const basic = ({ id, secret } = CLIENT): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

/** The client as most take it: in the body. */
export const inBody = { client_id: CLIENT.id, client_secret: CLIENT.secret }

type Members = Readonly<Record<string, unknown>>

export interface Told {
  readonly status: number
  readonly type: string
  readonly text: string
  /** Of JSON, or of a form. */
  readonly members: Members
}

/** What it answers, where it has to be a text. */
export function textOf({ members, status, text }: Told, member: string): string {
  const value = members[member]
  assert.ok(typeof value === 'string', `${status} ${text}`)
  return value
}

export class Stage {
  readonly desk: Desk
  decision: Person['decision'] = 'approve'
  trouble: Person['trouble']
  now = Date.parse('2030-01-01T00:00:00.000Z')
  readonly #tokenPath: string
  readonly #redirectUri: string
  readonly #server: ReturnType<typeof play>['server']
  #count = 0

  constructor(personality: Personality, redirectUri: string) {
    const id = (): string => `id-${(this.#count += 1)}`
    const parts = { now: () => this.now, id }
    const person = (): Person => ({ name: 'octocat', decision: this.decision, trouble: this.trouble })
    const { server, desk } = play(personality, parts, person)
    this.#server = server
    this.#tokenPath = personality.tokenRequest.replace('POST ', '')
    this.#redirectUri = redirectUri
    this.desk = desk
    desk.register(CLIENT)
  }

  async open(): Promise<this> {
    await listening(this.#server)
    return this
  }

  close(): Promise<void> {
    return closed(this.#server)
  }

  get base(): string {
    return baseOf(this.#server)
  }

  async call(
    line: string,
    body?: URLSearchParams | string,
    headers: Record<string, string> = {},
  ): Promise<Told> {
    const [method = 'GET', path = '/'] = line.split(' ')
    const init = { method, headers: { accept: 'application/json', ...headers }, redirect: 'manual' as const }
    const response = await fetch(this.base + path, body === undefined ? init : { ...init, body })
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    const members = /json/.test(type)
      ? (JSON.parse(text) as Members)
      : Object.fromEntries(new URLSearchParams(response.headers.get('location')?.split('?')[1] ?? text))
    return { status: response.status, type, text, members }
  }

  /** The page of a provider, left at once: `members` are the parameters it comes back with. */
  authorize(path: string, more: Readonly<Record<string, string>> = {}): Promise<Told> {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: CLIENT.id,
      redirect_uri: this.#redirectUri,
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
      state: 'a-state',
      ...more,
    })
    return this.call(`GET ${path}?${query.toString()}`)
  }

  token(form: Readonly<Record<string, string>>, headers?: Record<string, string>): Promise<Told> {
    return this.call(`POST ${this.#tokenPath}`, new URLSearchParams(form), headers)
  }

  async redeem(
    path: string,
    asked: Readonly<Record<string, string>>,
    proof: Readonly<Record<string, string>> = inBody,
    headers?: Record<string, string>,
  ): Promise<Told> {
    const code = textOf(await this.authorize(path, asked), 'code')
    const exchange = { grant_type: 'authorization_code', code, redirect_uri: this.#redirectUri }
    return this.token({ ...exchange, code_verifier: VERIFIER, ...proof }, headers)
  }

  refresh(
    refreshToken: string,
    more: Readonly<Record<string, string>> = inBody,
    headers?: Record<string, string>,
  ): Promise<Told> {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more }, headers)
  }

  /** Begins with a code, which somebody approves elsewhere, and asks for the tokens. */
  async byDevice(path: string, proof: Readonly<Record<string, string>>): Promise<Told> {
    const begun = await this.call(`POST ${path}`, new URLSearchParams({ client_id: CLIENT.id, ...proof }))
    this.desk.decideDevice(textOf(begun, 'user_code'), 'approved')
    return this.token({ grant_type: DEVICE_GRANT, device_code: textOf(begun, 'device_code'), ...proof })
  }

  works(told: Told): boolean {
    return this.desk.scopesOf(textOf(told, 'access_token')) !== undefined
  }
}
