/**
 * CircleCI's OAuth server as it answers: clients register themselves, what is asked may be pushed first, `state` and
 * PKCE are demanded, and what comes is a personal API token of ninety days. Consenting again ends the one before.
 * Registration and authorization say no by a `message` alone.
 * https://circleci.com/docs/guides/toolkit/oauth-dynamic-client-registration/
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { authorize } from './authorize.js'
import type { Desk } from './desk.js'
import * as misfortunes from './misfortunesInOwnWords.js'
import { Refused } from './refused.js'
import {
  bearerOf,
  json,
  numberOf,
  type Answer,
  type Asked,
  type Person,
  type Personality,
  type Routes,
} from './personality.js'
import { answered, clientOf, redeemed } from './tokenEndpoint.js'

const TOKEN = 'POST /oauth/token'
const ENDPOINTS = { authorization: 'GET /oauth/authorize', userinfo: 'GET /api/v2/me' }

const NINETY_DAYS_S = 7_776_000

/** What is pushed has to be used within a minute. */
const PUSHED_S = 60

const Registration = z.object({
  client_name: z.string(),
  redirect_uris: z.array(z.string()).min(1),
  grant_types: z.array(z.literal('authorization_code')).optional(),
  response_types: z.array(z.literal('code')).optional(),
})

const no = (message: string): Answer => json(400, { message })

/** A loopback address with a port of its own, and nothing after the path. */
function isLoopback(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname, port, search, hash } = new URL(uri)
  const hosts = ['127.0.0.1', '[::1]', 'localhost']
  return protocol === 'http:' && hosts.includes(hostname) && Number(port) >= 1025 && search + hash === ''
}

class CircleCi {
  readonly #desk: Desk
  readonly #person: () => Person
  readonly #redirects = new Map<string, readonly string[]>()
  readonly #pushed = new Map<string, { readonly parameters: URLSearchParams; readonly endsAt: number }>()
  /** The token of each client, of which there is one at a time. */
  readonly #tokens = new Map<string, string>()

  constructor(desk: Desk, person: () => Person) {
    this.#desk = desk
    this.#person = person
  }

  routes(): Routes {
    return {
      'POST /oauth/register': (asked) => this.#register(asked),
      'POST /oauth/par': (asked) => this.#push(asked),
      [ENDPOINTS.authorization]: (asked) => this.#authorize(asked),
      [TOKEN]: (asked) =>
        answered(
          () => this.#token(asked),
          ({ fault }) => json(fault === 'invalid_client' ? 401 : 400, { error: fault }),
        ),
      [ENDPOINTS.userinfo]: (asked) => this.#me(asked),
    }
  }

  #register(asked: Asked): Answer {
    const wanted = Registration.safeParse(asked.json)
    if (!wanted.success) return no(`invalid registration: ${wanted.error.issues[0]?.path.join('.') ?? ''}`)
    const { redirect_uris: redirects } = wanted.data
    if (!redirects.every(isLoopback))
      return no('redirect_uris must be loopback addresses with a port from 1025 on')
    const id = randomUUID()
    this.#desk.admit({ id, secretDigest: undefined })
    this.#redirects.set(id, redirects)
    return json(201, {
      ...wanted.data,
      client_id: id,
      client_id_issued_at: Math.floor(asked.now / 1_000),
      token_endpoint_auth_method: 'none',
    })
  }

  #push(asked: Asked): Answer {
    const fault = this.#faultIn(asked.form)
    if (fault !== undefined) return no(fault)
    const uri = `urn:ietf:params:oauth:request_uri:${randomUUID()}`
    this.#pushed.set(uri, { parameters: asked.form, endsAt: asked.now + PUSHED_S * 1_000 })
    return json(201, { request_uri: uri, expires_in: PUSHED_S })
  }

  #authorize(asked: Asked): Answer {
    const query = this.#asked(asked)
    if (query === undefined) return no('this request is not known, or too old')
    const fault = this.#faultIn(query)
    return fault === undefined
      ? authorize(this.#desk, { ...asked, query }, this.#person(), () => true)
      : no(fault)
  }

  /** What was pushed is used once, by the client that pushed it (RFC 9126 §4). */
  #asked({ query, now }: Asked): URLSearchParams | undefined {
    const uri = query.get('request_uri')
    if (uri === null) return query
    const pushed = this.#pushed.get(uri)
    this.#pushed.delete(uri)
    if (pushed === undefined || pushed.endsAt <= now) return undefined
    return pushed.parameters.get('client_id') === query.get('client_id') ? pushed.parameters : undefined
  }

  #faultIn(parameters: URLSearchParams): string | undefined {
    const redirects = this.#redirects.get(parameters.get('client_id') ?? '')
    if (redirects === undefined) return 'unknown client_id'
    if (!redirects.includes(parameters.get('redirect_uri') ?? '')) return 'redirect_uri is not registered'
    if (parameters.get('state') === null) return 'state is required'
    const isPkce = parameters.get('code_challenge_method') === 'S256' && parameters.has('code_challenge')
    return isPkce ? undefined : 'PKCE with S256 is required'
  }

  #token(asked: Asked): Answer {
    const client = clientOf(this.#desk, asked)
    if (asked.form.get('grant_type') !== 'authorization_code') throw new Refused('unsupported_grant_type')
    const { accessToken } = redeemed(this.#desk, asked, client)
    this.#desk.endGrantOf(this.#tokens.get(client.id) ?? '')
    this.#tokens.set(client.id, accessToken)
    return json(200, { access_token: accessToken, token_type: 'Bearer', expires_in: NINETY_DAYS_S })
  }

  #me(asked: Asked): Answer {
    const login = this.#desk.accountOf(asked.header('circle-token') ?? bearerOf(asked))
    if (login === undefined) return json(401, { message: 'You must log in first.' })
    return json(200, { id: `6e1a5f0c-${numberOf(login)}`, login, name: 'Octo Cat' })
  }
}

export const circleci: Personality = {
  id: 'circleci',
  tokenRequest: TOKEN,
  endpoints: ENDPOINTS,
  // What a token may do is chosen on the page.
  grantsScopes: false,
  revokes: false,
  rules: {
    accessLifetimeS: NINETY_DAYS_S,
    refresh: 'none',
    refreshEndsAccessToken: false,
    reuseEndsGrant: false,
    prefixes: { access: 'ccipat_', refresh: '' },
  },
  misfortunes: misfortunes.circleci,
  routes: (desk, person) => new CircleCi(desk, person).routes(),
}
