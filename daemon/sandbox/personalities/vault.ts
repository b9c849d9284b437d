/**
 * HashiCorp Vault as it answers: a login that it begins and ends itself, with the person at an identity provider in
 * between; tokens that renew themselves up to a max TTL; refusals as lists of sentences; a namespace in the path.
 * https://developer.hashicorp.com/vault/api-docs/auth/jwt · …/auth/token
 */
import { z } from 'zod'
import { proves } from './client.js'
import type { Desk } from './desk.js'
import type { Issued } from './deskHoldings.js'
import * as misfortunes from './misfortunesInOwnWords.js'
import {
  bearerOf,
  empty,
  json,
  redirectTo,
  type Answer,
  type Asked,
  type Person,
  type Personality,
  type Routes,
} from './personality.js'
import { answered } from './tokenEndpoint.js'

const NAMESPACE = '/team-a'
const AUTH = `/v1${NAMESPACE}/auth`
const RENEW = `POST ${AUTH}/token/renew-self`
const CREATE = `POST ${AUTH}/token/create`
const CALLBACK = `GET ${AUTH}/oidc/oidc/callback`

/** What the role lists in allowed_redirect_uris. */
const ALLOWED = 'http://localhost:8250/oidc/callback'

const Child = z.object({
  policies: z.array(z.string()),
  no_default_policy: z.boolean(),
  renewable: z.boolean(),
})

const no = (status: number, ...errors: string[]): Answer => json(status, { errors })

const textIn = (body: unknown, name: string): string => {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  return typeof value === 'string' ? value : ''
}

/** By its own header, or as Bearer. */
const tokenOf = (asked: Asked): string => asked.header('x-vault-token') ?? bearerOf(asked)

/** What the role gives; one that may make children is among them. */
const POLICIES = ['default', 'dev']

function authAnswer({ accessToken, expiresIn }: Issued, policies = POLICIES, renewable = true): Answer {
  return json(200, {
    request_id: 'of-this-answer',
    data: null,
    auth: {
      client_token: accessToken,
      accessor: 'its-accessor',
      policies,
      metadata: { role: 'client-of-the-test' },
      lease_duration: expiresIn ?? 0,
      renewable,
      entity_id: 'entity-1',
      token_type: 'service',
    },
  })
}

class VaultServer {
  readonly #desk: Desk
  readonly #person: () => Person
  /** By state: which role it is for, and what the client must bring again. */
  readonly #logins = new Map<string, { readonly role: string; readonly clientNonce: string }>()
  #count = 0

  constructor(desk: Desk, person: () => Person) {
    this.#desk = desk
    this.#person = person
  }

  routes(): Routes {
    return {
      [`POST ${AUTH}/oidc/oidc/auth_url`]: (asked) => this.#authUrl(asked),
      'GET /idp/authorize': (asked) => this.#atProvider(asked),
      [CALLBACK]: (asked) => this.#callback(asked),
      [`POST ${AUTH}/jwt/login`]: (asked) => this.#login(asked),
      [CREATE]: (asked) => this.#create(asked),
      [RENEW]: (asked) => this.#renew(asked),
      [`GET ${AUTH}/token/lookup-self`]: (asked) => this.#lookup(asked),
      [`POST ${AUTH}/token/revoke-self`]: (asked) => this.#revoke(asked),
    }
  }

  /** An address that is not allowed is answered with an empty one, and no word why. */
  #authUrl({ json: body, base }: Asked): Answer {
    const role = textIn(body, 'role')
    if (this.#desk.client(role) === undefined) return no(400, `role "${role}" could not be found`)
    const redirectUri = textIn(body, 'redirect_uri')
    if (redirectUri !== ALLOWED) return json(200, { data: { auth_url: '' } })
    const state = `state-${(this.#count += 1)}`
    this.#logins.set(state, { role, clientNonce: textIn(body, 'client_nonce') })
    const query = new URLSearchParams({ client_id: 'of-vault', redirect_uri: redirectUri, state })
    return json(200, { data: { auth_url: `${base}/idp/authorize?${query.toString()}` } })
  }

  #atProvider({ query }: Asked): Answer {
    const back = new URL(query.get('redirect_uri') ?? '')
    const state = query.get('state') ?? ''
    back.searchParams.set('state', state)
    const role = this.#logins.get(state)?.role ?? ''
    if (this.#person().decision === 'deny') back.searchParams.set('error', 'access_denied')
    else {
      const code = this.#desk.code({ client: role, redirectUri: ALLOWED, scopes: [], challenge: undefined })
      back.searchParams.set('code', code)
    }
    return redirectTo(back.href)
  }

  /** A state is good for one callback, whatever comes of it. */
  #callback({ query }: Asked): Answer {
    const state = query.get('state') ?? ''
    const login = this.#logins.get(state)
    this.#logins.delete(state)
    if (login === undefined) return no(400, 'Vault login failed. Expired or missing OAuth state.')
    if (login.clientNonce !== (query.get('client_nonce') ?? '')) return no(400, 'invalid client_nonce')
    return answered(
      () => authAnswer(this.#desk.redeem(query.get('code') ?? '', login.role, ALLOWED, undefined)),
      () => no(400, 'Vault login failed. Error exchanging oidc code: "oauth2: invalid_grant".'),
    )
  }

  /** The secret of the client stands for a JWT that the method trusts. */
  #login({ json: body }: Asked): Answer {
    const role = this.#desk.client(textIn(body, 'role'))
    if (role === undefined) return no(400, `role "${textIn(body, 'role')}" could not be found`)
    if (!proves(role, textIn(body, 'jwt'))) {
      return no(400, 'error validating token: invalid expiration time (exp) claim: token is expired')
    }
    return authAnswer(this.#desk.clientCredentials(role.id, []))
  }

  #renew(asked: Asked): Answer {
    return answered(
      () => authAnswer(this.#desk.renew(tokenOf(asked))),
      () => no(403, 'permission denied'),
    )
  }

  /** A child, which is over when its parent is. */
  #create(asked: Asked): Answer {
    const child = Child.safeParse(asked.json).data
    if (child === undefined) return no(400, 'failed to parse the request')
    if (child.policies.some((policy) => !POLICIES.includes(policy))) {
      return no(400, 'child policies must be subset of parent')
    }
    const policies = child.no_default_policy ? child.policies : [...new Set(['default', ...child.policies])]
    const issued = this.#desk.narrow(tokenOf(asked), policies)
    return issued === undefined ? no(403, 'permission denied') : authAnswer(issued, policies, child.renewable)
  }

  #lookup(asked: Asked): Answer {
    const name = this.#desk.accountOf(tokenOf(asked))
    if (name === undefined) return no(403, 'permission denied')
    return json(200, {
      data: { id: tokenOf(asked), entity_id: 'entity-1', display_name: name, path: 'auth/oidc' },
    })
  }

  #revoke(asked: Asked): Answer {
    if (this.#desk.scopesOf(tokenOf(asked)) === undefined) return no(403, 'permission denied')
    this.#desk.endGrantOf(tokenOf(asked))
    return empty(204)
  }
}

export const vault: Personality = {
  id: 'vault',
  path: NAMESPACE,
  tokenRequest: RENEW,
  redeemRequest: CALLBACK,
  narrowRequest: CREATE,
  endpoints: {
    authorization: `POST ${AUTH}/oidc/oidc/auth_url`,
    userinfo: `GET ${AUTH}/token/lookup-self`,
    revocation: `POST ${AUTH}/token/revoke-self`,
  },
  // The role's policies, whatever is asked.
  grantsScopes: false,
  revokes: true,
  rules: {
    accessLifetimeS: 3_600,
    longestS: 4 * 3_600,
    refresh: 'inPlace',
    refreshEndsAccessToken: false,
    reuseEndsGrant: false,
    prefixes: { access: 'hvs.', refresh: '' },
  },
  misfortunes: misfortunes.vault,
  routes: (desk, person) => new VaultServer(desk, person).routes(),
}
