/** What vendors' OpenID Connect servers differ in, as data, and where each of them is found. */
import type { RedirectRule } from './authorize.js'
import type { DeskRules } from './deskRules.js'
import type { Misfortune, Personality } from './personality.js'

export interface OpenIdVendor {
  readonly id: string
  /** Path of the issuer below the base, such as `/realms/work`; what discovery is appended to. */
  readonly path: string
  /** Paths of endpoints below the issuer. */
  readonly endpoints: {
    readonly authorize: string
    readonly token: string
    readonly device?: string
    readonly revoke?: string
    /** Where programs register clients (RFC 7591). */
    readonly register?: string
  }
  readonly allows: RedirectRule
  /** What must be asked for a refresh token; otherwise the scope `offline_access`. */
  readonly offlineBy?: Readonly<Record<string, string>>
  /** Whether a refresh may name fewer scopes, for its access token alone (RFC 6749 §6); otherwise it is not read. */
  readonly narrows?: boolean
  /** Whether a client with a secret may exchange an access token for one for less (RFC 8693). */
  readonly exchanges?: {
    /** In every access token that an exchange brings, whatever was named. */
    readonly always: readonly string[]
    readonly audiences: readonly string[]
  }
  /** What its token answers say beside the members of the RFCs. */
  readonly says?: Readonly<Record<string, number>>
  /** Whether somebody who agreed is asked again only when a client wants that, or after they revoked it. */
  readonly remembersConsent?: boolean
  /** Whether revoking a token ends whatever else the account gave to the client. */
  readonly revokesAll?: true
  /** Whether `audience` decides what an access token is: a JWT for that API, or opaque. */
  readonly hearsAudience?: true
  /** The status of a dead grant; 400 by RFC 6749 §5.2. */
  readonly invalidGrant?: { readonly status: number; readonly sentence: string }
  /** Its users hand on the id token. */
  readonly handsOn?: 'idToken'
  readonly rules: DeskRules
  readonly misfortunes?: readonly Misfortune[]
}

export const rootOf = ({ path }: OpenIdVendor): string => path.replace(/\/$/, '')

export function endpointsOf(vendor: OpenIdVendor): NonNullable<Personality['endpoints']> {
  const { authorize, device, revoke } = vendor.endpoints
  const root = rootOf(vendor)
  return {
    authorization: `GET ${root}${authorize}`,
    userinfo: `GET ${root}/userinfo`,
    discovery: `GET ${root}/.well-known/openid-configuration`,
    jwks: `GET ${root}/keys`,
    ...(device === undefined ? {} : { device: `POST ${root}${device}` }),
    ...(revoke === undefined ? {} : { revocation: `POST ${root}${revoke}` }),
  }
}

/** What it says of itself (OpenID Connect Discovery §3). */
export function described(vendor: OpenIdVendor, base: string) {
  const { path, endpoints } = vendor
  const root = `${base}${rootOf(vendor)}`
  const { device, register, revoke } = endpoints
  return {
    issuer: `${base}${path}`,
    authorization_endpoint: root + endpoints.authorize,
    token_endpoint: root + endpoints.token,
    userinfo_endpoint: `${root}/userinfo`,
    jwks_uri: `${root}/keys`,
    ...(device === undefined ? {} : { device_authorization_endpoint: root + device }),
    ...(register === undefined ? {} : { registration_endpoint: root + register }),
    ...(revoke === undefined ? {} : { revocation_endpoint: root + revoke }),
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
  }
}
