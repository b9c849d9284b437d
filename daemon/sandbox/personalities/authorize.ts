/** The authorization endpoint as most providers have it (RFC 6749 §4.1.1): the person decides at once. */
import type { Desk } from './desk.js'
import { redirectTo, scopesIn, text, type Answer, type Asked, type Person } from './personality.js'

/** Whether the redirect address is one the client registered, by the provider's own rule. */
export type RedirectRule = (uri: string) => boolean

/** Loopback by its number, any port (RFC 8252 §7.3). */
export const anyLoopbackPort: RedirectRule = (uri) => /^http:\/\/127\.0\.0\.1:\d+\/callback$/.test(uri)

/** The code that an answer of `authorize` sends the browser back with; null where there is none. */
export function codeIn({ headers: { location } }: Answer): string | null {
  return location === undefined ? null : new URL(location).searchParams.get('code')
}

export function authorize(desk: Desk, asked: Asked, person: Person, allows: RedirectRule): Answer {
  const { query } = asked
  const client = query.get('client_id') ?? ''
  const redirectUri = query.get('redirect_uri') ?? ''
  if (desk.client(client) === undefined) return text(404, 'no such application')
  if (!allows(redirectUri)) return text(400, 'the redirect_uri is not one of this application')
  const back = new URL(redirectUri)
  const state = query.get('state')
  if (state !== null) back.searchParams.set('state', state)
  // No page is to be shown, and nobody has a session here (OpenID Connect Core §3.1.2.6).
  if (query.get('prompt') === 'none') {
    back.searchParams.set('error', 'login_required')
    return redirectTo(back.href)
  }
  if (person.decision === 'deny') {
    back.searchParams.set('error', 'access_denied')
    back.searchParams.set('error_description', 'The user has denied your application access.')
    return redirectTo(back.href)
  }
  const challenge = query.get('code_challenge') ?? undefined
  const nonce = query.get('nonce')
  const code = desk.code({
    client,
    redirectUri,
    scopes: scopesIn(query.get('scope')),
    challenge,
    ...(nonce === null ? {} : { nonce }),
  })
  back.searchParams.set('code', code)
  return redirectTo(back.href)
}
