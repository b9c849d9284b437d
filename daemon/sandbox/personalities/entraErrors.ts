/**
 * How Microsoft Entra ID says no: a general word, and the number that means something, in a body that has it thrice.
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
import { json, type Answer, type Asked } from './personality.js'

interface EntraError {
  readonly error: string
  readonly sentence: string
  /** Finer than the word, coarser than the number. */
  readonly suberror?: string
}

const grant = (sentence: string, suberror?: string): EntraError => ({
  error: 'invalid_grant',
  sentence,
  ...(suberror === undefined ? {} : { suberror }),
})
const of = (error: string, sentence: string): EntraError => ({ error, sentence })

/** What a token endpoint answers that a client of its own may meet. */
export const entraErrors: Readonly<Record<number, EntraError>> = {
  16000: of('interaction_required', "User account does not exist in tenant 'Contoso'."),
  28000: of(
    'invalid_scope',
    'The input parameter scope is not valid because it contains more than one resource.',
  ),
  50011: of('invalid_request', 'The redirect URI specified in the request does not match those configured.'),
  500112: of('invalid_client', 'The reply address does not match the reply addresses configured for it.'),
  50020: grant('User account from another identity provider does not exist in the tenant.'),
  50034: grant('The user account does not exist in the directory.'),
  50053: grant('The account is locked, you have tried to sign in too many times.'),
  50055: grant('The password is expired.', 'user_password_expired'),
  50057: grant('The user account is disabled.'),
  50076: grant(
    'Due to a change made by your administrator, or because you moved to a new location, you must use ' +
      'multi-factor authentication.',
    'basic_action',
  ),
  50079: grant('You must enroll in multi-factor authentication.', 'basic_action'),
  50097: of('interaction_required', 'Device authentication is required.'),
  50105: grant('The signed in user is not assigned to a role for the application.'),
  50132: grant(
    'Credentials have been revoked: the session is not valid due to a recent password change.',
    'bad_token',
  ),
  50133: grant('Session is invalid due to expiration or recent password change.', 'bad_token'),
  50158: of('interaction_required', 'External security challenge not satisfied.'),
  50173: grant(
    'The provided grant has expired due to it being revoked, a fresh auth token is needed.',
    'bad_token',
  ),
  50196: grant('A client loop has been detected: too many of the same request in too short a period.'),
  53000: of('interaction_required', 'Device is not in required device state: compliant.'),
  53003: grant('Access has been blocked by Conditional Access policies.', 'message_only'),
  530034: grant('A delegated administrator was blocked due to account risk in their home tenant.'),
  54005: grant('OAuth2 Authorization code was already redeemed, please retry with a new valid code.'),
  65001: grant('The user or administrator has not consented to use the application.', 'consent_required'),
  65002: of(
    'invalid_request',
    'Consent between first party application and first party resource must be configured via preauthorization.',
  ),
  70000: grant('The provided value for the refresh token is not valid.', 'bad_token'),
  700016: of('unauthorized_client', 'Application was not found in the directory.'),
  70001: of('unauthorized_client', 'The application named in the request is disabled.'),
  70008: grant('The provided authorization code or refresh token has expired due to inactivity.'),
  700082: grant('The refresh token has expired due to inactivity.', 'bad_token'),
  700084: grant(
    'The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime ' +
      'of 1.00:00:00, which cannot be extended.',
    'bad_token',
  ),
  70011: of(
    'invalid_scope',
    'The provided value for the input parameter scope is not valid: .default cannot be ' +
      'combined with resource-specific scopes.',
  ),
  70016: of('authorization_pending', 'OAuth 2.0 device flow error. Authorization is pending.'),
  70019: of('expired_token', 'Verification code expired.'),
  70043: grant(
    'The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.',
    'token_expired',
  ),
  700025: of(
    'invalid_client',
    "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  ),
  7000112: of('unauthorized_client', 'Application is disabled.'),
  7000218: of('invalid_client', "The request body must contain 'client_assertion' or 'client_secret'."),
  7000222: of('invalid_client', 'The provided client secret keys are expired.'),
  500011: of('invalid_resource', 'The resource principal was not found in the tenant named Contoso.'),
  650056: of('invalid_client', 'Misconfigured application: it lists no permission for this resource.'),
  650057: of('invalid_resource', 'The client has requested access to a resource which is not listed.'),
  90002: of('invalid_request', 'Tenant not found. Check to make sure you have the correct tenant ID.'),
  90072: grant('User account from an external identity provider does not exist in the tenant.'),
  90094: of('invalid_grant', 'An administrator of the tenant has to consent to this.'),
  90095: of('invalid_grant', 'Admin consent is required; a request for it was sent.'),
  90006: of('temporarily_unavailable', 'The service is temporarily unavailable.'),
  90009: of('invalid_request', 'Application is requesting a token for itself.'),
  90033: of('temporarily_unavailable', 'A transient error has occurred. Please try again.'),
  90055: of('temporarily_unavailable', 'There are too many incoming requests.'),
  900144: of('invalid_request', "The request body must contain the parameter 'grant_type'."),
  9001023: of('invalid_request', 'The grant type is not supported over the /common or /consumers endpoints.'),
}

const policies = (member: string, id: string): string =>
  JSON.stringify({ access_token: { [member]: { essential: true, values: [id] } } })

/** What a sign-in has to ask for after these, by `claims`. */
export const entraDemands: Readonly<Record<number, string>> = {
  50076: policies('polids', '9ab03e19-0000-4000-8000-7001fb3e933a'),
  53003: policies('capolids', 'c16b83ef-0000-4000-8000-1d5f1d5b8a2e'),
}

/** In the device flow without a number of its own. */
export const declined: Answer = json(400, {
  error: 'authorization_declined',
  error_description: 'AADSTS50126: The user declined.',
})

/** `yyyy-MM-dd HH:mm:ssZ`. */
const stamp = (now: number): string => `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`

export class EntraRefusal extends Error {
  readonly code: number

  constructor(code: number) {
    super(`AADSTS${code}`)
    this.code = code
  }
}

export function entraRefusal({ code }: EntraRefusal, { now }: Pick<Asked, 'now'>): Answer {
  const { error, sentence, suberror } = entraErrors[code] ?? grant('Something else.')
  const timestamp = stamp(now)
  const [trace, correlation] = [
    '0000aaaa-11bb-cccc-dd33-eeeeee333333',
    'aaaa0000-bb11-2222-33cc-444444dddddd',
  ]
  const claims = entraDemands[code]
  const status = error === 'invalid_client' || error === 'unauthorized_client' ? 401 : 400
  return json(status, {
    error,
    error_description: `AADSTS${code}: ${sentence} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
    ...(suberror === undefined ? {} : { suberror }),
    ...(claims === undefined ? {} : { claims }),
  })
}
