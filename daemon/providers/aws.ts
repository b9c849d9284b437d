/**
 * AWS through IAM Identity Center: OAuth in AWS's own JSON (SSO-OIDC), one sign-in for every account and role that
 * is assigned to a person, credentials of a role by the access portal.
 * https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/
 * https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import type { Details, Endpoints } from '../../shared/contract/newConnection.js'
import { awsService, REGION } from './awsService.js'
import { SIGN_IN } from './fixes.js'
import type { Cause } from './cause.js'
import type { Base, ProviderProfile } from './profile.js'

function endpoints({ url }: Base, _clientId: string, { region }: Details): Endpoints {
  const [tokens, portal] = [awsService('oidc', region, url), awsService('portal.sso', region, url)]
  return {
    authorization_endpoint: `${tokens}/authorize`,
    token_endpoint: `${tokens}/token`,
    device_authorization_endpoint: `${tokens}/device_authorization`,
    registration_endpoint: `${tokens}/client/register`,
    revocation_endpoint: `${portal}/logout`,
  }
}

/** The exceptions of SSO-OIDC, whose statuses are 400, but 401 for the client and 500 for the server. */
const ERRORS = {
  AccessDeniedException: 'access_denied',
  AuthorizationPendingException: 'authorization_pending',
  SlowDownException: 'slow_down',
  // Of a device code nobody used; access tokens that ended are no concern of the token endpoint.
  ExpiredTokenException: 'expired_token',
  InternalServerException: 'server_error',
  InvalidGrantException: 'invalid_grant',
  // The client is one that fob registered. When it is forgotten (after 90 days), so are the refresh tokens it was
  // given, and the next sign-in registers another.
  InvalidClientException: 'invalid_grant',
  invalid_client: 'invalid_grant',
  InvalidClientMetadataException: 'invalid_request',
  InvalidRedirectUriException: 'invalid_request',
  InvalidRequestException: 'invalid_request',
  // The start URL belongs to another region than was named.
  InvalidRequestRegionException: 'invalid_request',
  InvalidScopeException: 'invalid_scope',
  UnauthorizedClientException: 'unauthorized_client',
  UnsupportedGrantTypeException: 'unsupported_grant_type',
}

/** Where a person sees what to name, whatever was named wrongly. */
const ADD_AGAIN = {
  open: '{issuer}',
  todo:
    'choose an account and "Access keys": "SSO start URL" and "SSO Region" there are what to add the connection ' +
    'again with',
} as const

/** https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/CommonErrors.html and the pages of each call */
const CAUSES: readonly Cause[] = [
  {
    word: 'InvalidGrantException',
    during: 'refresh',
    matter: 'grant',
    cause: 'the session at the access portal is over: its time has passed, or somebody ended it',
    fix: SIGN_IN,
  },
  {
    word: 'InvalidClientException',
    matter: 'client',
    cause: 'AWS has forgotten the client that fob registered, as it does after ninety days',
    fix: SIGN_IN,
  },
  {
    word: 'AccessDeniedException',
    during: 'refresh',
    matter: 'account',
    cause: 'IAM Identity Center does not let this person in any more',
    fix: {
      open: '{issuer}',
      todo: 'see whether you can still sign in there; an administrator lets people in',
    },
  },
  {
    word: ['UnauthorizedClientException', 'UnsupportedGrantTypeException'],
    matter: 'flow',
    cause:
      'the client that fob registered was not registered for this, and the next sign-in registers another',
    fix: SIGN_IN,
  },
  {
    word: 'InvalidScopeException',
    matter: 'scopes',
    cause: 'AWS does not know all scopes that are asked for: {scopes}',
    fix: { open: '{issuer}', todo: 'add the connection again without --scopes' },
  },
  {
    word: 'InvalidRequestRegionException',
    matter: 'account',
    cause: 'the start URL {issuer} belongs to another region than was named',
    fix: ADD_AGAIN,
  },
  {
    word: 'InvalidRequestException',
    during: 'signIn',
    matter: 'account',
    cause: 'AWS finds something wrong with what was asked, mostly the start URL {issuer}',
    fix: ADD_AGAIN,
  },
  {
    word: 'InvalidClientMetadataException',
    matter: 'client',
    cause: 'AWS does not register a client with what fob says of it, which is not for you to mend',
    fix: { open: 'https://github.com/aws/aws-cli/issues', todo: 'see whether AWS changed what it wants' },
  },
]

export const aws: ProviderProfile = {
  id: ProviderId.parse('aws'),
  name: 'AWS IAM Identity Center',
  needs: ['start-url', 'region'],
  // Every organisation has a start URL of its own; what is asked lies in its region.
  server: { kind: 'known', base: '', endpoints },
  details: {
    region: { ...REGION, required: true },
    account: { pattern: /^\d{12}$/, example: '111122223333', required: false },
    role: { pattern: /^[\w+=,.@-]{1,64}$/, example: 'ReadOnlyAccess', required: false },
  },
  // Whatever it registers proves itself by the secret it was given.
  flows: { code: 'none', device: 'none' },
  clientRegistration: {
    authentication: 'client_secret_post',
    metadata: ({ issuer, scopes }) => ({
      // The only type it takes.
      client_type: 'public',
      grant_types: [
        'authorization_code',
        'urn:ietf:params:oauth:grant-type:device_code',
        // Without it there are no refresh tokens.
        'refresh_token',
      ],
      scopes,
      issuer_url: issuer,
    }),
  },
  wire: 'restJson',
  // Its scopes are those of the registration.
  deviceParameters: ({ issuer }) => ({ start_url: issuer }),
  // The plural is not in its reference; it is what the AWS command sends.
  scopes: {
    usual: ['sso:account:access'],
    presets: {},
    unnamed: {
      purposes: ['read', 'ci', 'write'],
      why: 'what may be done is for the role to say; name one by --role',
    },
    asked: { separator: ' ', kinds: [{ prefix: '', parameter: 'scopes', wantsHttps: false }] },
  },
  // Whether a new refresh token ends the old is not said: sent twice, it might count as theft.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  // Its own tools share one cache and refresh it a quarter of an hour ahead while others still use the old one.
  refreshEndsAccessToken: false,
  // "This parameter has no effect. The access token will always include all scopes." A role is what narrows.
  downScope: {
    kind: 'none',
    why: 'an access token of AWS is always for all scopes; name a role with fewer permissions instead',
  },
  // Registered without a port, asked for with any; the path is the one the AWS command registers.
  redirect: { host: '127.0.0.1', port: 0, path: '/oauth/callback' },
  // An hour, always stated; for an answer that does not.
  defaultLifetimeMs: 3_600_000,
  // Nothing says whose access token it is: there is no id token and no user info.
  account: { id: 'sub', labels: [] },
  errors: ERRORS,
  causes: CAUSES,
  // No `trial`: nothing takes its access tokens but the portal, which is asked whenever a role is.
  roles: {
    kind: 'portal',
    inAccount: true,
    endpoint: (issuer, { region }) => `${awsService('portal.sso', region, issuer)}/federation/credentials`,
  },
  revocation: { kind: 'header', header: 'x-amz-sso_bearer_token' },
  authorizationParameters: {},
  // Ending it there takes an administrator.
  grantsPage: 'IAM Identity Center of your organisation, Users, the person, Active sessions',
  registration: '',
  // Its tools take credentials of a role, which are no access token.
  variables: [],
}
