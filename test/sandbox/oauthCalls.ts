/** The calls an OAuth client and a browser make, by plain fetch: no client library that could hide a fault. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'

export const REDIRECT_URI = 'http://127.0.0.1:49152/callback'
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

export const TokenAnswer = z.object({
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  expires_in: z.number().optional(),
  scope: z.string().optional(),
  error: z.string().optional(),
})

export interface TokenResult extends z.output<typeof TokenAnswer> {
  readonly status: number
}

/** A granted pair, for tests that need one to begin with. */
export interface Pair {
  readonly accessToken: string
  readonly refreshToken: string
}

export function pairOf(result: TokenResult): Pair {
  assert.equal(result.status, 200, JSON.stringify(result))
  assert.ok(result.access_token !== undefined && result.refresh_token !== undefined)
  return { accessToken: result.access_token, refreshToken: result.refresh_token }
}

export async function askToken(
  issuer: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<TokenResult> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers,
  })
  return { status: response.status, ...TokenAnswer.parse(await response.json()) }
}

export function refresh(issuer: string, refreshToken: string, client = 'fob-sandbox'): Promise<TokenResult> {
  return askToken(issuer, { grant_type: 'refresh_token', client_id: client, refresh_token: refreshToken })
}

export async function userinfo(
  issuer: string,
  accessToken: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } })
  return { status: response.status, body: z.record(z.string(), z.unknown()).parse(await response.json()) }
}

/** A browser without pages: keeps cookies, follows nothing by itself. */
export class Browser {
  readonly #cookies = new Map<string, string>()

  async go(url: string, form?: Record<string, string>): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', ...(cookie === '' ? {} : { cookie }) },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value)
    }
    return response
  }

  /** Follows redirects by hand until one leaves the issuer, and answers where it leads. */
  async leave(issuer: string, url: string): Promise<URL> {
    let next = url
    for (let hop = 0; hop < 10; hop += 1) {
      const response = await this.go(next)
      const location = response.headers.get('location')
      assert.ok(location !== null, `no redirect: ${response.status} ${await response.text()}`)
      const target = new URL(location, issuer)
      if (target.origin !== issuer) return target
      next = target.href
    }
    throw new Error('too many redirects')
  }
}

export interface Begun {
  readonly url: string
  readonly verifier: string
}

export function beginCode(issuer: string, changes: Record<string, string | undefined> = {}): Begun {
  const verifier = randomBytes(32).toString('base64url')
  const url = new URL('/auth', issuer)
  const parameters: Record<string, string | undefined> = {
    client_id: 'fob-sandbox',
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email offline_access read',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'a-state',
    ...changes,
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return { url: url.href, verifier }
}

export function redeem(issuer: string, code: string, verifier: string): Promise<TokenResult> {
  return askToken(issuer, {
    grant_type: 'authorization_code',
    client_id: 'fob-sandbox',
    redirect_uri: REDIRECT_URI,
    code,
    code_verifier: verifier,
  })
}

/** The whole code flow as a browser and a client do it. */
export async function signIn(
  issuer: string,
  changes: Record<string, string | undefined> = {},
): Promise<TokenResult> {
  const { url, verifier } = beginCode(issuer, changes)
  const callback = await new Browser().leave(issuer, url)
  const code = callback.searchParams.get('code')
  assert.ok(code !== null, callback.href)
  return redeem(issuer, code, verifier)
}
