/**
 * What stands behind the numbers of Microsoft Entra ID, for those that people meet. Numbers without a line of their own
 * are explained by the word that they mean (`entraErrors`).
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
import { atRegistration, SIGN_IN } from './fixes.js'
import type { Cause } from './cause.js'

/** Of the registration's own page, where the others are pages of the tenant. */
const ENTERPRISE = 'https://entra.microsoft.com (Enterprise applications, the one of {clientId})'

const MOBILE = 'the platform "Mobile and desktop applications"'

const GRANT: readonly Cause[] = [
  {
    word: ['70008', '700082'],
    during: 'refresh',
    matter: 'grant',
    cause: 'the refresh token was left unused for too long, mostly for ninety days',
    fix: SIGN_IN,
  },
  {
    word: '700084',
    matter: 'grant',
    cause:
      'the redirect URI is registered as that of a web page, so the refresh token lived for one day only',
    fix: atRegistration(`move {redirectUri} from "Single-page application" to ${MOBILE}, then sign in again`),
  },
  {
    word: ['50173', '50132', '50133'],
    matter: 'grant',
    cause:
      'everything was revoked: the password was changed, or an administrator or the person signed out everywhere',
    fix: SIGN_IN,
  },
  {
    word: '70043',
    matter: 'policy',
    cause: 'Conditional Access of the tenant wants a sign-in as often as this',
    fix: SIGN_IN,
  },
  {
    word: '54005',
    during: 'signIn',
    matter: 'consent',
    cause: 'the code from the browser was used before, as when a page is loaded twice',
    fix: SIGN_IN,
  },
  {
    word: '65001',
    matter: 'consent',
    cause: 'nobody has agreed, or an administrator took it back, that the application asks for {scopes}',
    fix: SIGN_IN,
  },
  {
    word: 'access_denied',
    text: 'AADSTS65004',
    during: 'signIn',
    matter: 'consent',
    cause: 'somebody pressed "Cancel" on the page that asks to agree',
    fix: SIGN_IN,
  },
]

const POLICY: readonly Cause[] = [
  {
    word: ['50076', '50079'],
    matter: 'policy',
    cause: 'the tenant wants a second factor, or one to be set up (multi-factor authentication)',
    fix: SIGN_IN,
  },
  {
    word: ['53000', '53003', '530034'],
    matter: 'policy',
    cause: 'Conditional Access of the tenant does not let this device, place or account in',
    fix: {
      open: 'https://entra.microsoft.com (Users, Sign-in logs)',
      todo: 'have an administrator see which policy refused; from where it is allowed: fob refresh {connection}',
    },
  },
  {
    word: ['90094', '90095'],
    matter: 'policy',
    cause: 'only an administrator may agree to what the application asks for',
    fix: {
      open: 'https://entra.microsoft.com (Enterprise applications, Admin consent requests)',
      todo: 'have an administrator agree, then fob sign-in {connection}',
    },
  },
  {
    word: 'insufficient_user_authentication',
    matter: 'policy',
    cause: 'a policy of the tenant wants more proof of who you are, or another device',
    fix: SIGN_IN,
  },
]

const ACCOUNT: readonly Cause[] = [
  {
    word: ['16000', '50020', '50034', '90072'],
    matter: 'account',
    cause: 'the account is none of the tenant {issuer}',
    fix: {
      open: 'https://entra.microsoft.com (Users, of that tenant)',
      todo: 'have the account invited as a guest, or choose another one: fob sign-in {connection}',
    },
  },
  {
    word: '50057',
    matter: 'account',
    cause: 'the account is disabled',
    fix: {
      open: 'https://entra.microsoft.com (Users)',
      todo: 'have an administrator enable it, then fob refresh {connection}',
    },
  },
  {
    word: ['50053', '50055'],
    matter: 'account',
    cause: 'the account is locked after wrong passwords, or its password is too old',
    fix: {
      open: 'https://myaccount.microsoft.com',
      todo: 'wait until it is unlocked or change the password, then fob sign-in {connection}',
    },
  },
  {
    word: '50105',
    matter: 'account',
    cause: 'the account is not assigned to the application, which wants that',
    fix: {
      open: ENTERPRISE,
      todo: 'have it assigned under "Users and groups", then fob refresh {connection}',
    },
  },
  {
    word: '90002',
    matter: 'account',
    cause: 'there is no tenant at {issuer}: a typing error, one that was deleted, or one of another cloud',
    fix: {
      open: 'https://entra.microsoft.com (Overview, Tenant ID)',
      todo: 'add the connection again with --issuer https://login.microsoftonline.com/TENANT-ID/v2.0',
    },
  },
  {
    word: 'access_denied',
    during: 'refresh',
    matter: 'account',
    cause: 'the tenant does not let this account in any more',
    fix: {
      open: 'https://entra.microsoft.com (Users, Sign-in logs)',
      todo: 'have an administrator see why, then fob refresh {connection}',
    },
  },
]

const CLIENT: readonly Cause[] = [
  {
    word: '700016',
    matter: 'client',
    cause:
      'the tenant {issuer} has no application {clientId}: it is one of another tenant, or a typing error',
    fix: atRegistration(
      'compare "Application (client) ID" and "Directory (tenant) ID", then add the connection again',
    ),
  },
  {
    word: ['7000112', '70001'],
    matter: 'client',
    cause: 'the application is disabled, or nobody has brought it into the tenant',
    fix: { open: ENTERPRISE, todo: 'have it enabled for users to sign in, then fob refresh {connection}' },
  },
  {
    word: '65002',
    matter: 'client',
    cause: 'the client id is that of a program of Microsoft, which others may not use',
    fix: atRegistration('register an application of your own'),
  },
  {
    word: '7000218',
    matter: 'client',
    cause: 'Entra takes the application for one with a secret, and this connection has none',
    fix: atRegistration(`register {redirectUri} under ${MOBILE}, and for codes "Allow public client flows"`),
  },
  {
    word: ['50011', '500112'],
    matter: 'redirect',
    cause:
      'the application does not have {redirectUri} among its redirect URIs, letter by letter but for the port',
    fix: atRegistration(`add {redirectUri} under ${MOBILE}`),
  },
  {
    word: '500011',
    matter: 'scopes',
    cause:
      'the tenant does not know the resource of {scopes}: Azure DevOps was never used in it, or a typing error',
    fix: { open: 'https://aex.dev.azure.com', todo: 'see whether the organisation belongs to this tenant' },
  },
  {
    word: ['650056', '650057'],
    matter: 'scopes',
    cause: 'the registration of the application lists no permission for the resource of {scopes}',
    fix: atRegistration('add the API permission "Azure DevOps", then sign in again'),
  },
]

export const entraCauses: readonly Cause[] = [...GRANT, ...POLICY, ...ACCOUNT, ...CLIENT]
