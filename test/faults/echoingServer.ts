/**
 * An authorization server that repeats in its errors what it was sent, as careless ones do: the refresh token in
 * the description, the client's secret in a page of HTML, half an answer with tokens in it.
 */
import { randomBytes } from 'node:crypto'
import { json, ScriptedServer, type Recorded, type Reply } from '../fakes/scriptedServer.js'
import type { Leftovers } from '../leftovers.js'

/** How the next token requests are answered. */
export type Mood = 'granting' | 'repeating' | 'repeating in HTML' | 'breaking off' | 'another type'

const KINDS: Readonly<Record<string, string>> = {
  code: 'code',
  code_verifier: 'verifier',
  refresh_token: 'refreshToken',
  client_secret: 'clientSecret',
}

export class EchoingServer {
  readonly #server: ScriptedServer
  readonly #leftovers: Leftovers
  mood: Mood = 'granting'

  private constructor(server: ScriptedServer, leftovers: Leftovers) {
    this.#server = server
    this.#leftovers = leftovers
    const at = (path: string): string => server.url(path)
    server.answer(
      '/.well-known/openid-configuration',
      json({
        issuer: server.origin,
        authorization_endpoint: at('/authorize'),
        token_endpoint: at('/token'),
        revocation_endpoint: at('/revoke'),
        jwks_uri: at('/keys'),
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['client_secret_post'],
        code_challenge_methods_supported: ['S256'],
      }),
    )
    server.answer('/token', (request) => this.#token(request))
    server.answer('/revoke', (request) => ({ status: 503, body: `cannot revoke ${request.body}` }))
  }

  static async start(leftovers: Leftovers): Promise<EchoingServer> {
    return new EchoingServer(await ScriptedServer.start(), leftovers)
  }

  get issuer(): string {
    return this.#server.origin
  }

  stop(): Promise<void> {
    return this.#server.stop()
  }

  #token({ body, form }: Recorded): Reply {
    for (const [name, kind] of Object.entries(KINDS)) this.#leftovers.know(kind, form.get(name) ?? '')
    const tokens = {
      access_token: this.#issue('accessToken'),
      refresh_token: this.#issue('refreshToken'),
      token_type: this.mood === 'another type' ? 'N_A' : 'Bearer',
      expires_in: 3600,
    }
    const held = form.get('refresh_token') ?? form.get('code') ?? ''
    switch (this.mood) {
      case 'granting':
      case 'another type':
        return json(tokens)
      case 'repeating':
        return json({ error: 'invalid_request', error_description: `${held} of ${body} is unknown` }, 400)
      case 'repeating in HTML':
        return { status: 500, headers: { 'content-type': 'text/html' }, body: `<pre>${body}</pre>` }
      case 'breaking off': {
        const whole = JSON.stringify(tokens)
        return { headers: { 'content-type': 'application/json' }, body: whole.slice(0, -20) }
      }
    }
  }

  #issue(kind: string): string {
    const text = randomBytes(32).toString('base64url')
    this.#leftovers.know(kind, text)
    return text
  }
}
