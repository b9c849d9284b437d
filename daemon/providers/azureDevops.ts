/**
 * Azure DevOps, and with it every other resource of Azure, through Microsoft Entra ID. By the tenant's issuer,
 * `https://login.microsoftonline.com/TENANT-ID/v2.0`; the addresses of many tenants (`organizations`, `common`) have
 * no issuer of their own and are refused. Azure DevOps' former OAuth server takes no new applications.
 * https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/entra-oauth
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { entraCauses } from './entraCauses.js'
import { entraErrors } from './entraErrors.js'
import { webIdentity } from './awsService.js'
import { openIdServer } from './oidc.js'
import type { ProviderProfile } from './profile.js'

/** Azure DevOps in every tenant. */
const DEVOPS = '499b84ac-1321-427f-aa17-267ca6975798'

/** For the account, and for a refresh token. */
const WITH_ACCOUNT = ['openid', 'profile', 'offline_access']
const permissions = (...names: readonly string[]): string[] => [
  ...WITH_ACCOUNT,
  ...names.map((name) => `${DEVOPS}/${name}`),
]

export const azureDevops: ProviderProfile = {
  ...openIdServer,
  id: ProviderId.parse('azure-devops'),
  name: 'Azure DevOps (Microsoft Entra ID)',
  // Scopes name the resource here; Entra refuses the parameter `resource` (AADSTS901002).
  details: webIdentity.details,
  // A public client: with a secret beside it Entra refuses.
  flows: { code: 'none', device: 'none' },
  // `.default` is all that the registration lists, and cannot stand beside single permissions of the same resource.
  // The names of the single ones are from memory.
  scopes: {
    usual: permissions('.default'),
    presets: {
      read: permissions('vso.code', 'vso.work', 'vso.build', 'vso.packaging'),
      ci: permissions('vso.code', 'vso.build_execute', 'vso.packaging'),
      write: permissions('vso.code_write', 'vso.work_write', 'vso.build_execute', 'vso.packaging_write'),
    },
  },
  // Each use brings a new one, and those of before stay valid.
  refreshToken: { kind: 'reusable' },
  // The grant is the person's and the client's; each access token is for the one resource a refresh names.
  downScope: { kind: 'resources', whole: '/.default' },
  // The port is not compared, the path is; address literals cannot be typed into the registration's form.
  redirect: { host: 'localhost', port: 0, path: '/callback' },
  // Sixty to ninety minutes, always stated; for an answer that does not.
  defaultLifetimeMs: 3_600_000,
  // `sub` is another for each client; the object id is the person's in its tenant.
  account: {
    id: ['oid', 'tid'],
    labels: ['preferred_username', 'email', 'name'],
    // Where the registration adds them to id tokens: groups by their ids, above 200 none; roles of the application.
    claims: ['groups', 'roles'],
  },
  errors: entraErrors,
  causes: entraCauses,
  // Of Conditional Access and second factors: a sign-in that does not ask for them goes well, and the next refresh is
  // refused as the one before was. https://learn.microsoft.com/entra/identity-platform/claims-challenge
  claimsChallenge: true,
  // Those of Azure DevOps, which is what its usual scopes are for.
  api: { origins: () => ['https://dev.azure.com', 'https://app.vssps.visualstudio.com'] },
  // Clients have no way to end a grant; "Sign out everywhere" there ends all refresh tokens of the person.
  grantsPage: 'https://myaccount.microsoft.com',
  // Consent is remembered there; asking for it each time needs an administrator where people may not consent.
  authorizationParameters: { prompt: 'select_account' },
  // Of its pages for a wrong client or redirect URI nothing is known for sure.
  dryRequest: 'errors',
  registration:
    'https://entra.microsoft.com (App registrations, where the tenant id for ' +
    '--issuer https://login.microsoftonline.com/TENANT-ID/v2.0 is too; platform "Mobile and desktop applications", ' +
    'API permission "Azure DevOps", for --flow device also "Allow public client flows")',
  variables: ['AZURE_DEVOPS_EXT_PAT', 'SYSTEM_ACCESSTOKEN'],
  // Any user name does. The hosts of before, `ORGANISATION.visualstudio.com`, are one for each organisation.
  git: { hosts: ['dev.azure.com'], username: 'oauth2', scope: `${DEVOPS}/.default` },
}
