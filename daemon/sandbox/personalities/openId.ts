/**
 * An OpenID Connect server as most vendors have it: it describes itself, signs id tokens, and follows the RFCs. What
 * a vendor does otherwise is told in a few words.
 */
import { z } from 'zod'
import { digest } from '../digest.js'
import { authorize, codeIn } from './authorize.js'
import type { Client } from './client.js'
import type { Desk } from './desk.js'
import type { Issued } from './deskHoldings.js'
import { accessTokenHash, idToken, keyOfThisRun } from './idToken.js'
import { Refused } from './refused.js'
import {
  bearerOf,
  empty,
  json,
  numberOf,
  scopesIn,
  type Answer,
  type Asked,
  type Person,
  type Personality,
  type Routes,
} from './personality.js'
import { awsTokenService } from './awsTokenService.js'
import { described, endpointsOf, rootOf, type OpenIdVendor } from './openIdVendor.js'
import { answered, clientOf, deviceMembers, exchangedOrForItself, members } from './tokenEndpoint.js'

const subjectOf = (account: string): string => `00u${numberOf(account)}`

/** What a client says of itself (RFC 7591 §2). */
const Registration = z.object({
  application_type: z.string().optional(),
  redirect_uris: z.array(z.url()),
  grant_types: z.array(z.string()),
})

const ID_TOKEN_S = 3_600

const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

class OpenIdServer {
  readonly #vendor: OpenIdVendor
  readonly #desk: Desk
  readonly #person: () => Person
  readonly #key = keyOfThisRun()
  /** Codes that bring a refresh token, where a parameter of the authorization request decides. */
  readonly #offline = new Set<string>()
  /** Clients that the person agreed to, where that is remembered. */
  readonly #agreed = new Set<string>()
  #registered = 0
  /** Of codes, devices and refresh tokens, by digest. */
  readonly #audiences = new Map<string, string>()

  constructor(vendor: OpenIdVendor, desk: Desk, person: () => Person) {
    this.#vendor = vendor
    this.#desk = desk
    this.#person = person
  }

  routes(): Routes {
    const { endpoints } = this.#vendor
    const { device, register, revoke } = endpoints
    const root = rootOf(this.#vendor)
    return {
      [`GET ${root}/.well-known/openid-configuration`]: ({ base }) =>
        json(200, described(this.#vendor, base)),
      [`GET ${root}/keys`]: () => json(200, { keys: [this.#key.jwk] }),
      [`GET ${root}${endpoints.authorize}`]: (asked) => this.#authorize(asked),
      [`POST ${root}${endpoints.token}`]: (asked) => this.#answered(() => this.#token(asked)),
      [`GET ${root}/userinfo`]: (asked) => this.#userinfo(asked),
      ...(register === undefined
        ? {}
        : { [`POST ${root}${register}`]: (asked: Asked) => this.#register(asked) }),
      ...(device === undefined
        ? {}
        : { [`POST ${root}${device}`]: (asked: Asked) => this.#answered(() => this.#device(asked)) }),
      ...(revoke === undefined
        ? {}
        : { [`POST ${root}${revoke}`]: (asked: Asked) => this.#answered(() => this.#revoke(asked)) }),
    }
  }

  /** Who is no native client may not come back to this machine (OpenID Connect Dynamic Client Registration §2). */
  #register({ json: body }: Asked): Answer {
    const said = Registration.safeParse(body)
    if (!said.success) return json(400, { error: 'invalid_client_metadata' })
    const { application_type: type, redirect_uris: uris } = said.data
    if (type !== 'native') return json(400, { error: 'invalid_redirect_uri', error_description: uris.join() })
    const id = `registered-${(this.#registered += 1)}`
    this.#desk.register({ id, secret: undefined })
    return json(201, { ...said.data, client_id: id, client_id_issued_at: 0 })
  }

  #authorize(asked: Asked): Answer {
    const answer = authorize(this.#desk, asked, this.#decided(asked), this.#vendor.allows)
    const code = codeIn(answer)
    if (code === null) return answer
    this.#noteOffline(asked, code)
    this.#noteAudience(code, asked.query.get('audience'))
    this.#agreed.add(asked.query.get('client_id') ?? '')
    return answer
  }

  #noteAudience(key: string | undefined, audience: string | null): void {
    if (this.#vendor.hearsAudience === undefined || audience === null) return
    if (key !== undefined) this.#audiences.set(digest(key), audience)
  }

  /** The one that was named when the grant began. */
  #audienceOf({ form }: Asked): string | null {
    const keys = ['code', 'device_code', 'refresh_token'].map((name) => form.get(name) ?? '')
    const known = keys.flatMap((key) => this.#audiences.get(digest(key)) ?? [])
    const begins = form.get('grant_type') === 'client_credentials' && this.#vendor.hearsAudience === true
    return known[0] ?? (begins ? form.get('audience') : null)
  }

  /** Whoever checks it asks nobody, so that revoking does not end it. */
  #forAudience(issued: Issued, aud: string, client: Client, { base, now }: Asked): Issued {
    const { accessToken, expiresIn, scopes } = issued
    const iat = Math.floor(now / 1_000)
    const claims = {
      iss: `${base}${this.#vendor.path}`,
      sub: subjectOf(this.#desk.accountOf(accessToken) ?? client.id),
      aud,
      iat,
      exp: iat + (expiresIn ?? 0),
      scope: scopes.join(' '),
      jti: accessToken,
    }
    const signed = idToken(claims, this.#key)
    this.#desk.signed(signed, accessToken, claims.exp * 1_000)
    return { ...issued, accessToken: signed }
  }

  /** Who agreed before is not asked. */
  #decided({ query }: Asked): Person {
    const agreed = this.#vendor.remembersConsent === true && this.#agreed.has(query.get('client_id') ?? '')
    return agreed && query.get('prompt') !== 'consent'
      ? { ...this.#person(), decision: 'approve' }
      : this.#person()
  }

  #noteOffline({ query }: Asked, code: string): void {
    const wanted = Object.entries(this.#vendor.offlineBy ?? {})
    if (wanted.length === 0) return
    if (wanted.every(([name, value]) => query.get(name) === value)) this.#offline.add(code)
  }

  #brings({ form }: Asked, { scopes }: Issued): boolean {
    if (this.#vendor.offlineBy !== undefined) return this.#offline.has(form.get('code') ?? '')
    const granted = form.has('refresh_token') ? this.#desk.granted(form.get('refresh_token') ?? '') : scopes
    return granted.includes('offline_access')
  }

  #issued(asked: Asked, client: Client): Issued {
    const { form } = asked
    if (form.get('grant_type') === EXCHANGE_GRANT) return this.#exchanged(form, client)
    const named = form.get('scope')
    if (form.get('grant_type') !== 'refresh_token' || this.#vendor.narrows !== true || named === null) {
      return exchangedOrForItself(this.#desk, asked, client)
    }
    const [token, scopes] = [form.get('refresh_token') ?? '', scopesIn(named)]
    const granted = this.#desk.granted(token)
    if (scopes.some((scope) => !granted.includes(scope))) throw new Refused('invalid_scope')
    return this.#desk.refresh(token, client.id, scopes)
  }

  #exchanged(form: URLSearchParams, client: Client): Issued {
    const rule = this.#vendor.exchanges
    if (rule === undefined) throw new Refused('unsupported_grant_type')
    if (client.secretDigest === undefined) {
      throw new Refused('invalid_client', 'Public client is not allowed to exchange token')
    }
    const token = form.get('subject_token') ?? ''
    const missing = form.getAll('audience').filter((name) => !rule.audiences.includes(name))
    if (missing.length > 0) {
      throw new Refused('invalid_request', `Requested audience not available: ${missing.join(' ')}`)
    }
    const named = scopesIn(form.get('scope'))
    const granted = this.#desk.scopesOf(token) ?? []
    if (named.some((scope) => !granted.includes(scope))) {
      throw new Refused('invalid_scope', `Invalid scopes: ${named.join(' ')}`)
    }
    const issued = this.#desk.narrow(token, [...new Set([...named, ...rule.always])])
    if (issued === undefined) throw new Refused('invalid_request', 'Invalid token')
    return issued
  }

  #token(asked: Asked): Answer {
    const client = clientOf(this.#desk, asked)
    const audience = this.#audienceOf(asked)
    const opaque = this.#issued(asked, client)
    const issued = audience === null ? opaque : this.#forAudience(opaque, audience, client, asked)
    this.#noteAudience(issued.refreshToken, audience)
    const said = members(this.#brings(asked, issued) ? issued : { ...issued, refreshToken: undefined })
    return json(200, { ...said, ...this.#vendor.says, ...this.#identity(issued, client, asked) })
  }

  #identity(
    { accessToken, expiresIn, scopes, nonce }: Issued,
    client: Client,
    { base, now }: Asked,
  ): { id_token?: string } {
    if (!scopes.includes('openid')) return {}
    const iat = Math.floor(now / 1_000)
    const claims = {
      iss: `${base}${this.#vendor.path}`,
      sub: subjectOf(this.#desk.accountOf(accessToken) ?? ''),
      aud: client.id,
      iat,
      // Where it is what callers get, it lives as long as access tokens do.
      exp: iat + (this.#vendor.handsOn === undefined ? ID_TOKEN_S : (expiresIn ?? ID_TOKEN_S)),
      at_hash: accessTokenHash(accessToken),
      ...(nonce === undefined ? {} : { nonce }),
    }
    const signed = idToken(claims, this.#key)
    this.#desk.signed(signed, accessToken, claims.exp * 1_000)
    return { id_token: signed }
  }

  #device(asked: Asked): Answer {
    const page = `${asked.base}${rootOf(this.#vendor)}/activate`
    const begun = deviceMembers(this.#desk, clientOf(this.#desk, asked), asked, page)
    this.#noteAudience(begun.device_code, asked.form.get('audience'))
    return json(200, { ...begun, verification_uri_complete: `${page}?user_code=${begun.user_code}` })
  }

  #revoke(asked: Asked): Answer {
    this.#agreed.delete(clientOf(this.#desk, asked).id)
    const token = asked.form.get('token') ?? ''
    if (this.#vendor.revokesAll === true) this.#desk.endAllLike(token)
    else this.#desk.endGrantOf(token)
    return empty(200)
  }

  #userinfo(asked: Asked): Answer {
    const email = this.#desk.accountOf(bearerOf(asked))
    if (email === undefined) return json(401, { error: 'invalid_token' })
    return json(200, { sub: subjectOf(email), email, name: 'Octo Cat' })
  }

  #answered(act: () => Answer): Answer {
    return answered(act, ({ fault, words }) => {
      const { status, sentence } = (fault === 'invalid_grant' && this.#vendor.invalidGrant) || {
        status: fault === 'invalid_client' ? 401 : 400,
        sentence: words,
      }
      return json(status, { error: fault, error_description: sentence })
    })
  }
}

export const openIdPersonality = (vendor: OpenIdVendor): Personality => ({
  id: vendor.id,
  path: vendor.path,
  tokenRequest: `POST ${rootOf(vendor)}${vendor.endpoints.token}`,
  endpoints: endpointsOf(vendor),
  grantsScopes: true,
  revokes: vendor.endpoints.revoke !== undefined,
  ...(vendor.endpoints.register === undefined ? {} : { registersClients: true as const }),
  ...(vendor.handsOn === undefined ? {} : { isStateless: true as const }),
  rules: vendor.rules,
  ...(vendor.misfortunes === undefined ? {} : { misfortunes: vendor.misfortunes }),
  // A server on loopback has an AWS beside it whose roles trust it.
  routes: (desk, person) => ({
    ...new OpenIdServer(vendor, desk, person).routes(),
    ...awsTokenService(desk),
  }),
})
