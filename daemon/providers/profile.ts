/** What differs between providers, as data. One file a provider fills it in; everybody else only reads it. */
import type { Flow } from '../../shared/contract/connection.js'
import type { ProviderId } from '../../shared/contract/ids.js'
import type { ClientAuthentication, Details, Endpoints } from '../../shared/contract/newConnection.js'
import type { Cause } from './cause.js'
import type { DownScopeRule, ScopeRule } from './scopeRules.js'

/** What `fob add` must be told, in the words of its options. */
export type Need = 'issuer' | 'token-endpoint' | 'client-id' | 'client-secret' | 'start-url' | 'region'

/**
 * Where the server is.
 * - `discovered`: it describes itself (OpenID Connect Discovery, RFC 8414) at its issuer, or at the one a person
 *   names.
 * - `known`: it does not describe itself; its addresses follow from a base URL, `base` unless a person names
 *   their own installation, and from the details; '' where there are no others.
 * - `none`: there is nobody to ask. A person stores the secret, and replaces it.
 * - `stated`: a person names each address, because nothing else knows them.
 */
export type ServerRule =
  | { readonly kind: 'discovered'; readonly issuer?: string }
  | {
      readonly kind: 'known'
      readonly base: string
      readonly endpoints: (base: Base, clientId: string, details: Details, flow: Flow) => Endpoints
      /** Whether organisations run it themselves, each at an address of its own. */
      readonly installable?: true
      /** Addresses at which nobody answers any more. */
      readonly ended?: Ended
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'stated' }

export interface Ended {
  readonly hosts: RegExp
  /** What a person who names one of them is told. */
  readonly what: string
}

/** Where an installation is. `url` has no closing slash. */
export interface Base {
  readonly url: string
  readonly origin: string
  readonly hostname: string
}

/** What is spoken at its endpoints. */
export type Protocol = 'oauth2' | 'vault'

/** How the client proves itself; `bySecret`: as the server offers with a secret, not at all without. */
export type ClientRule = ClientAuthentication | 'bySecret'

/** Something a connection is told beside the usual. */
export interface DetailRule {
  /** What it looks like; anything else is refused. */
  readonly pattern: RegExp
  /** One that would do. */
  readonly example: string
  readonly required: boolean
  /**
   * Where it is a parameter of requests, by its own name: of those that begin a grant, or of each one for an access
   * token too. Left out: fob alone needs it.
   */
  readonly sentWith?: 'beginnings' | 'everyRequest'
}

/**
 * How fob registers a client itself, anew for each sign-in (RFC 7591): it belongs to the grant, is kept with it
 * and ends with it, so that no grant outlives its client for want of a renewal. `kept`: once for the connection.
 */
export interface RegistrationRule {
  /** What the request says beside the client's name and redirect address, by the names of RFC 7591. */
  readonly metadata: (asked: RegistrationAsked) => Metadata
  /** How such a client proves itself when it was given a secret. */
  readonly authentication: ClientAuthentication
  /** For providers at which a consent ends what the same client had before; another client's would live on. */
  readonly kept?: true
  /** Where a server lets programs do that and a person names no client of their own; left out: always. */
  readonly offered?: true
}

export interface RegistrationAsked {
  readonly issuer: string
  readonly scopes: readonly string[]
  readonly flow: Flow
}

export type Metadata = Readonly<Record<string, string | readonly string[]>>

/**
 * What a provider does with refresh tokens.
 * - `rotating`: each use returns a new one and spends the old. Within `graceMs` after the first use the old
 *   one may be presented again (0: strict, a second use may revoke the whole grant).
 * - `reusable`: the same one stays valid, so sending it again is always safe. So too where the access token is
 *   renewed in place, and is what renews it.
 */
export type RefreshTokenRule =
  { readonly kind: 'rotating'; readonly graceMs: number } | { readonly kind: 'reusable' }

/** Where the provider may send the browser back to (RFC 8252 §7.3). */
export interface RedirectRule {
  /** Address literal or `localhost`, exactly as it must appear in the redirect URI. */
  readonly host: '127.0.0.1' | 'localhost'
  /** 0 for any free port, else the one port registered at the provider. */
  readonly port: number
  readonly path: string
}

/** Which members of its answer name an account: what never changes, and what a person knows, best first. */
export interface AccountRule {
  /** Several where one of them alone may name two accounts. */
  readonly id: string | readonly string[]
  readonly labels: readonly string[]
  /** Members that list groups or roles, in the id token or the answer; a dot leads into a member. */
  readonly claims?: readonly string[]
}

/**
 * How a token is ended.
 * - `standard`: RFC 7009.
 * - `deleteJson`: DELETE at the revocation endpoint, the client proven by Basic, the access token in a JSON body.
 * - `byItself`: POST at the revocation endpoint with the token as Bearer; `{"ok": false}` is a no with status 200.
 * - `header`: POST at the revocation endpoint with the access token in this header, which ends the session.
 */
export type RevocationRule =
  'standard' | 'deleteJson' | 'byItself' | { readonly kind: 'header'; readonly header: string }

/** A token answer that says what the RFC's says (RFC 6749 §5.1), but elsewhere and in other words. */
export interface TokenAnswerRule {
  /** A member with an answer of its own: that one counts when it holds an access token. */
  readonly member: string
  /** Its words for what are Bearer tokens, and what the scopes of each begin with here (`ScopeKind`). */
  readonly types: Readonly<Record<string, string>>
}

/**
 * Which git hosts its access tokens open, and the user name to send beside them.
 * - `own`: that of its issuer, so that an installation of one's own is served too.
 */
export interface GitRule {
  readonly hosts: 'own' | readonly string[]
  readonly username: string
  /** What the access token has to be for, where a grant is for several resources. */
  readonly scope?: string
}

/**
 * How its access tokens are turned into AWS credentials of a role.
 * - `portal`: GetRoleCredentials of the access portal of IAM Identity Center.
 * - `webIdentity`: AssumeRoleWithWebIdentity of the Security Token Service.
 */
export interface RoleRule {
  readonly kind: 'portal' | 'webIdentity'
  /** Whether a role is named within an account; else by its ARN. */
  readonly inAccount: boolean
  /** undefined: this connection was added without a role. */
  readonly endpoint: (issuer: string, details: Details) => string | undefined
}

/**
 * What its authorization endpoint says to a request that nobody is signed in for, as far as it can be relied on.
 * - `errors`: errors that are sent back (RFC 6749 §4.1.2.1) or that come as JSON.
 * - `pages`: also its pages of status 400 and 401 that name the client or the redirect URI.
 * - `nothing`: it looks at a request only when somebody is signed in, so it is not asked.
 */
export type DryRequestRule = 'errors' | 'pages' | 'nothing'

/** Its API, for whoever asks it on behalf of others. */
export interface ApiRule {
  /** Where an access token may be sent. In a host `*.` stands for each of the provider's own services. */
  readonly origins: (base: Base) => readonly string[]
  /**
   * Requests that change nothing, as `METHOD /path`, with `*` for anything. Left out: what RFC 9110 §9.2.1 calls safe.
   * What its body alone would tell, as a question in GraphQL, is not among them.
   */
  readonly reads?: readonly string[]
}

/**
 * What requests and answers look like.
 * - `restJson`: JSON both ways, its members in camel case, an error named by its exception (AWS's REST-JSON).
 */
export type WireRule = 'restJson'

/** A question to its API that an access token must be good for; only where such a question is known. */
export interface TrialRule {
  /** Behind the address that names the account. */
  readonly path: string
  /** The header by which an answer says that an organisation has not approved; '' where there is none. */
  readonly approval: string
}

export interface ProviderProfile {
  readonly id: ProviderId
  /** The name a person knows it by. */
  readonly name: string
  readonly needs: readonly Need[]
  /** OAuth 2.0, unless it says otherwise. */
  readonly protocol?: Protocol
  readonly server: ServerRule
  /** Absent: it needs to know nothing more. */
  readonly details?: Readonly<Record<string, DetailRule>>
  /** The flows it has, and how the client proves itself in each. */
  readonly flows: Partial<Readonly<Record<Flow, ClientRule>>>
  /** Absent: a person registers the client. */
  readonly clientRegistration?: RegistrationRule
  /** Absent: a form in the request, the names of the RFCs in the answer. */
  readonly wire?: WireRule
  /** What begins a device authorization beside the client; absent: the scopes. */
  readonly deviceParameters?: (server: { readonly issuer: string }) => Readonly<Record<string, string>>
  readonly scopes: ScopeRule
  readonly refreshToken: RefreshTokenRule
  /** Whether a refresh ends the access token handed out before; then fob refreshes as late as possible. */
  readonly refreshEndsAccessToken: boolean
  readonly downScope: DownScopeRule
  readonly redirect: RedirectRule
  /** Assumed life of an access token whose answer names none, in milliseconds; null: it does not expire. */
  readonly defaultLifetimeMs: number | null
  /** How long a consent lasts at most, whatever is refreshed meanwhile, ms; absent where none is known. */
  readonly consentLifeMs?: number
  readonly account: AccountRule
  /**
   * Its own words for errors, and the RFC's for the same (RFC 6749 §5.2). Unknown ones stay as they are. Numbers are
   * those of an answer's `error_codes`, and come before the word beside them.
   */
  readonly errors: Readonly<Record<string, string>>
  /** Left out: as RFC 6749 has it. */
  readonly tokenAnswer?: TokenAnswerRule
  /**
   * Whether an error may say in `claims` what it wants proven, and a sign-in by the browser that asks for exactly
   * these proves it (OpenID Connect Core §5.5). One by a code does not ask.
   */
  readonly claimsChallenge?: true
  /** What its errors come from, beyond what the RFC's words say. */
  readonly causes?: readonly Cause[]
  readonly trial?: TrialRule
  /** Absent: only the server's owner knows who takes its access tokens, or nobody takes them as they are. */
  readonly api?: ApiRule
  readonly revocation: RevocationRule
  /** Whether ending one token ends whatever else the same account gave to the same client. */
  readonly revocationEndsAll?: true
  /** Absent: its access tokens are what its tools take. */
  readonly roles?: RoleRule
  /** What of its answers callers get, where it is not the access token. */
  readonly credential?: 'idToken'
  /** What its authorization page must be told beside the standard. */
  readonly authorizationParameters: Readonly<Record<string, string>>
  /** Left out: `errors`. */
  readonly dryRequest?: DryRequestRule
  /** Where a client is registered, `{issuer}` standing for the installation; '' where only the server's owner knows. */
  readonly registration: string
  /**
   * Where a person ends what fob cannot: a URL, or the way through the pages of an installation. Absent where only the
   * server's owner knows.
   */
  readonly grantsPage?: string
  /** The variables its tools read an access token from, the preferred first. */
  readonly variables: readonly string[]
  /** Left out by those who serve no git. */
  readonly git?: GitRule
  /** How its tools get what they need, where no variable does it: a line to show, NAME being the connection's. */
  readonly toolHint?: string
}
