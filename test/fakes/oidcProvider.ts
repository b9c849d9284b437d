/**
 * A real, independent authorization server for tests: oidc-provider in this process, on loopback. The person is
 * signed in already and agrees to everything; refresh tokens rotate, and a spent one ends its grant.
 */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import type { Adapter, Check, Exchange, Payload, Provider } from 'oidc-provider'
import * as library from 'oidc-provider'
import { closed, listening, portOf } from '../loopback.js'

const LIFETIME_S = 300

/** Keeps everything in one map; a session is always that of the one person. */
class MemoryAdapter implements Adapter {
  static readonly accountId = 'ada'
  readonly #model: string
  readonly #rows: Map<string, Payload>

  constructor(model: string, rows: Map<string, Payload>) {
    this.#model = model
    this.#rows = rows
  }

  async upsert(id: string, payload: Payload): Promise<void> {
    this.#rows.set(this.#key(id), payload)
  }

  async find(id: string): Promise<Payload | undefined> {
    if (this.#model !== 'Session') return this.#rows.get(this.#key(id))
    const now = Math.floor(Date.now() / 1000)
    const blank = { kind: 'Session', jti: id, uid: id, iat: now, exp: now + 3600, loginTs: now }
    return { ...(this.#rows.get(this.#key(id)) ?? blank), accountId: MemoryAdapter.accountId }
  }

  async findByUserCode(userCode: string): Promise<Payload | undefined> {
    return [...this.#rows.values()].find((row) => row['userCode'] === userCode)
  }

  async findByUid(uid: string): Promise<Payload | undefined> {
    return [...this.#rows.values()].find((row) => row['uid'] === uid)
  }

  async consume(id: string): Promise<void> {
    const row = this.#rows.get(this.#key(id))
    if (row !== undefined) row['consumed'] = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string): Promise<void> {
    this.#rows.delete(this.#key(id))
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, row] of this.#rows) if (row['grantId'] === grantId) this.#rows.delete(key)
  }

  #key(id: string): string {
    return `${this.#model}:${id}`
  }
}

/** What to register a client with (OpenID Connect registration names). */
export type ClientMetadata = Payload & { readonly client_id: string }

export class OidcProvider {
  readonly issuer: string
  readonly #server: Server
  #provider: Provider | undefined
  /** Requests to the token endpoint so far. */
  tokenRequests = 0
  /** What the person does when asked. */
  agrees = true
  /** Whether somebody is; who is not has to be sent a page. */
  isSignedIn = true

  private constructor(server: Server, port: number) {
    this.#server = server
    this.issuer = `http://127.0.0.1:${port}`
  }

  /** `features` are the library's, beside those that are always on. */
  static async start(clients: readonly ClientMetadata[], features: Payload = {}): Promise<OidcProvider> {
    const server = await listening(createServer())
    const started = new OidcProvider(server, portOf(server))
    const provider = new library.Provider(started.issuer, started.#configuration(clients, features))
    started.#provider = provider
    const answer = provider.callback()
    server.on('request', (request, response) => {
      if (request.url === '/token') started.tokenRequests += 1
      answer(request, response)
    })
    return started
  }

  stop(): Promise<void> {
    return closed(this.#server)
  }

  /** Follows an authorization URL as the browser would; gives the URL it ends at. */
  async browse(url: string): Promise<string> {
    // Any session will do: the adapter answers that the person is signed in.
    const headers = { cookie: `${this.#running().cookieName('session')}=one` }
    const response = await fetch(url, { headers, redirect: 'manual' })
    return response.headers.get('location') ?? `no redirect: ${response.status} ${await response.text()}`
  }

  /** The person types the code and agrees, or says no. */
  async decideDevice(userCode: string, decision: 'approve' | 'deny'): Promise<void> {
    const provider = this.#running()
    const code = await provider.DeviceCode.findByUserCode(userCode.replace(/\W/g, ''))
    if (code === undefined) throw new Error('no such code')
    const asked = code.params['scope']
    const scope = typeof asked === 'string' ? asked : ''
    if (decision === 'deny') Object.assign(code, { error: 'access_denied' })
    else {
      const grantId = await this.#grant(code.clientId, scope)
      const authTime = Math.floor(Date.now() / 1000)
      Object.assign(code, { accountId: MemoryAdapter.accountId, authTime, grantId, scope })
    }
    await code.save()
  }

  /** What userinfo answers to an access token. */
  async userinfoStatus(accessToken: string): Promise<number> {
    const headers = { authorization: `Bearer ${accessToken}` }
    return (await fetch(`${this.issuer}/me`, { headers })).status
  }

  #running(): Provider {
    if (this.#provider === undefined) throw new Error('not started')
    return this.#provider
  }

  async #grant(clientId: string, scope: string): Promise<string> {
    const grant = new (this.#running().Grant)({ accountId: MemoryAdapter.accountId, clientId })
    grant.addOIDCScope(scope)
    return grant.save()
  }

  #signedInCheck(): Check {
    const { Check } = library.interactionPolicy
    return new Check('nobody', 'nobody is signed in', 'login_required', () => !this.isSignedIn)
  }

  #configuration(clients: readonly ClientMetadata[], features: Payload): Payload {
    const rows = new Map<string, Payload>()
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const prompts = ['login', 'consent'].map((name) => {
      const prompt = new library.interactionPolicy.Prompt({ name, requestable: true })
      prompt.checks.clear()
      if (name === 'login') prompt.checks.add(this.#signedInCheck())
      return prompt
    })
    return {
      adapter: (model: string) => new MemoryAdapter(model, rows),
      claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
      clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      clients,
      expiresWithSession: async () => false,
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        deviceFlow: { enabled: true },
        revocation: { enabled: true, allowedPolicy: async () => true },
        ...features,
      },
      findAccount: async (_: Exchange, sub: string) => ({
        accountId: sub,
        claims: () => ({ sub, email: `${sub}@example.test`, name: 'Ada' }),
      }),
      interactions: { policy: prompts },
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
      loadExistingGrant: async ({ oidc }: Exchange) => {
        if (!this.agrees) throw new library.errors.AccessDenied('the person said no')
        const grant = new (this.#running().Grant)({
          accountId: MemoryAdapter.accountId,
          clientId: oidc.client.clientId,
        })
        grant.addOIDCScope(oidc.params.scope ?? '')
        await grant.save()
        return grant
      },
      pkce: { required: () => true },
      rotateRefreshToken: true,
      scopes: ['openid', 'offline_access', 'email', 'profile'],
      ttl: {
        AccessToken: LIFETIME_S,
        ClientCredentials: LIFETIME_S,
        AuthorizationCode: 60,
        DeviceCode: 600,
        Grant: 3600,
        IdToken: 3600,
        RefreshToken: 3600,
        Session: 3600,
      },
    }
  }
}
