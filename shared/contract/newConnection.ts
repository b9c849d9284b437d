/** What a person says of a connection to add one: which server, which client, which scopes. */
import { z } from 'zod'
import { ConnectionStatus, Flow } from './connection.js'
import { Fix } from './doctor.js'
import { ConnectionName, Instant, ProviderId, Scope } from './ids.js'
import { SecretReference } from './secretReference.js'
import { variableFault } from './variables.js'

/** A public URL of an authorization server: https, or http on loopback only. */
const ServerUrl = z.url('must be a URL, such as https://id.example.com').max(2048)

/** Endpoints stated by hand, for servers without discovery (RFC 8414 names). */
export const Endpoints = z.strictObject({
  authorization_endpoint: ServerUrl.optional(),
  token_endpoint: ServerUrl,
  device_authorization_endpoint: ServerUrl.optional(),
  revocation_endpoint: ServerUrl.optional(),
  userinfo_endpoint: ServerUrl.optional(),
  /** RFC 9126: where it is named, what is asked of a person goes there first. */
  pushed_authorization_request_endpoint: ServerUrl.optional(),
  registration_endpoint: ServerUrl.optional(),
  /** RFC 7662: says whose an access token is, where there is no id token to say it. */
  introspection_endpoint: ServerUrl.optional(),
})
export type Endpoints = z.output<typeof Endpoints>

/** By the provider's own names for them. */
export const Details = z.record(z.string().regex(/^[a-z][a-z-]{0,39}$/), z.string().min(1).max(2048))
export type Details = z.output<typeof Details>

/** How the client proves itself at the token endpoint (RFC 8414 / OIDC registration names). */
export const ClientAuthentication = z.enum([
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
])
export type ClientAuthentication = z.output<typeof ClientAuthentication>

/** A variable that may carry an access token. */
const Variable = z.string().superRefine((name, context) => {
  const message = variableFault(name)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

export const AddConnection = z.strictObject({
  name: ConnectionName,
  provider: ProviderId,
  /** Where the server is; for a provider with addresses of its own only to name another installation. */
  issuer: ServerUrl.optional(),
  /** Left out where fob registers a client itself, and where there is none. */
  clientId: z.string().min(1, 'name the client id registered at the provider').max(512).optional(),
  /** Left out: those of the preset, else what the provider's users usually need. */
  scopes: z.array(Scope).optional(),
  /** A named set of scopes, such as `read`. */
  preset: z.string().max(40).optional(),
  /** Left out: the provider's first. */
  flow: Flow.optional(),
  endpoints: Endpoints.optional(),
  /**
   * A page on https that sends the browser on to where fob listens, everything after `?` as it came: for providers
   * that send nobody back to this machine.
   */
  redirectUri: ServerUrl.optional(),
  /** What this provider must know beside that, such as a region. */
  details: Details.optional(),
  authentication: ClientAuthentication.optional(),
  /**
   * The secret, a PEM private key (private_key_jwt), or a PEM certificate and key (tls_client_auth). By the flow
   * `static`: the secret to hand out.
   */
  clientSecret: z.string().min(1).max(65_536).optional(),
  /** Where the client secret is kept instead; it is read there when it is needed. */
  clientSecretFrom: SecretReference.optional(),
  /** When that secret ends; left out when it does not, or nobody knows. */
  secretExpiresAt: Instant.optional(),
  /** The variable that terminals get a stored secret in. */
  variable: Variable.optional(),
})
export type AddConnection = z.output<typeof AddConnection>

/** What the server says already to the sign-in that a person has not begun yet. */
export const SignInDoubt = z.object({
  /** What it was asked, one sentence without its full stop. */
  asked: z.string(),
  /** Its own words, one line. */
  said: z.string(),
  fix: Fix,
})
export type SignInDoubt = z.output<typeof SignInDoubt>

/** The connection as it was added, which a doubt does not hinder. */
export const AddedConnection = ConnectionStatus.extend({
  /** Absent when the server said nothing against it, or nothing that can be relied on. */
  doubt: SignInDoubt.optional(),
})
export type AddedConnection = z.output<typeof AddedConnection>
