/**
 * Where each provider really is. Everywhere else servers are played on loopback, where one address serves for all, so
 * that a wrong host would be found by the first person who signs in.
 */
import assert from 'node:assert/strict'
import { AddConnection } from '../../shared/contract/newConnection.js'
import { baseOf, planned } from '../../daemon/core/newConnection.js'
import { summaryOf } from '../../daemon/edges/routes/providers.js'
import { atlassian } from '../../daemon/providers/atlassian.js'
import { aws } from '../../daemon/providers/aws.js'
import { azureDevops } from '../../daemon/providers/azureDevops.js'
import { bitbucket } from '../../daemon/providers/bitbucket.js'
import { circleci } from '../../daemon/providers/circleci.js'
import { github, githubApp } from '../../daemon/providers/github.js'
import { gitlab } from '../../daemon/providers/gitlab.js'
import { google } from '../../daemon/providers/google.js'
import { jetbrainsSpace } from '../../daemon/providers/jetbrainsSpace.js'
import { oidc } from '../../daemon/providers/oidc.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import { slack } from '../../daemon/providers/slack.js'
import { vault } from '../../daemon/providers/vault.js'

type Told = Pick<AddConnection, 'issuer' | 'flow' | 'details'>

/** What is kept with a connection that a person adds so. */
function added(profile: ProviderProfile, told: Told = {}) {
  // Where fob may register a client a person may name one all the same.
  const { clientRegistration: rule } = profile
  const client = rule === undefined || rule.offered === true ? { clientId: 'ID' } : {}
  const secret = { clientSecret: 'its-secret' }
  const wish = { name: 'work', provider: profile.id, ...client, ...secret, ...told }
  return planned(AddConnection.parse(wish), profile)
}

const ROLE = 'arn:aws:iam::111122223333:role/deploy'

const gitHubAt = (host: string, api: string) => ({
  authorization_endpoint: `${host}/login/oauth/authorize`,
  token_endpoint: `${host}/login/oauth/access_token`,
  device_authorization_endpoint: `${host}/login/device/code`,
  revocation_endpoint: `${api}/applications/ID/token`,
  userinfo_endpoint: `${api}/user`,
})

const gitLabAt = (root: string) => ({
  authorization_endpoint: `${root}/oauth/authorize`,
  token_endpoint: `${root}/oauth/token`,
  device_authorization_endpoint: `${root}/oauth/authorize_device`,
  revocation_endpoint: `${root}/oauth/revoke`,
  userinfo_endpoint: `${root}/oauth/userinfo`,
})

const awsAt = (oidcHost: string, portal: string) => ({
  authorization_endpoint: `https://${oidcHost}/authorize`,
  token_endpoint: `https://${oidcHost}/token`,
  device_authorization_endpoint: `https://${oidcHost}/device_authorization`,
  registration_endpoint: `https://${oidcHost}/client/register`,
  revocation_endpoint: `https://${portal}/logout`,
})

const PORTAL = 'https://acme.awsapps.com/start'
const OWN = 'https://git.example.com'
const UNDER_PATH = 'https://example.com/tools/git'

const rows: readonly (readonly [string, ProviderProfile, Told, Readonly<Record<string, string>>])[] = [
  ['github.com', github, {}, gitHubAt('https://github.com', 'https://api.github.com')],
  ['github.com, an App', githubApp, {}, gitHubAt('https://github.com', 'https://api.github.com')],
  ['GitHub Enterprise Server', github, { issuer: OWN }, gitHubAt(OWN, `${OWN}/api/v3`)],
  [
    'GitHub with data residency',
    githubApp,
    { issuer: 'https://acme.ghe.com' },
    gitHubAt('https://acme.ghe.com', 'https://api.acme.ghe.com'),
  ],
  ['gitlab.com', gitlab, {}, gitLabAt('https://gitlab.com')],
  ['GitLab under a path', gitlab, { issuer: `${UNDER_PATH}/` }, gitLabAt(UNDER_PATH)],
  [
    'Bitbucket Cloud',
    bitbucket,
    {},
    {
      authorization_endpoint: 'https://bitbucket.org/site/oauth2/authorize',
      token_endpoint: 'https://bitbucket.org/site/oauth2/access_token',
      userinfo_endpoint: 'https://api.bitbucket.org/2.0/user',
    },
  ],
  [
    'Atlassian Cloud',
    atlassian,
    {},
    {
      authorization_endpoint: 'https://auth.atlassian.com/authorize',
      token_endpoint: 'https://auth.atlassian.com/oauth/token',
      userinfo_endpoint: 'https://api.atlassian.com/me',
    },
  ],
  [
    'CircleCI',
    circleci,
    {},
    {
      authorization_endpoint: 'https://app.circleci.com/oauth/authorize',
      token_endpoint: 'https://app.circleci.com/oauth/token',
      registration_endpoint: 'https://app.circleci.com/oauth/register',
      pushed_authorization_request_endpoint: 'https://app.circleci.com/oauth/par',
      userinfo_endpoint: 'https://circleci.com/api/v2/me',
    },
  ],
  [
    'Slack',
    slack,
    {},
    {
      authorization_endpoint: 'https://slack.com/oauth/v2/authorize',
      token_endpoint: 'https://slack.com/api/oauth.v2.access',
      revocation_endpoint: 'https://slack.com/api/auth.revoke',
      userinfo_endpoint: 'https://slack.com/api/auth.test',
    },
  ],
  [
    'JetBrains Space of one’s own',
    jetbrainsSpace,
    { issuer: 'https://space.example.com' },
    {
      authorization_endpoint: 'https://space.example.com/oauth/auth',
      token_endpoint: 'https://space.example.com/oauth/token',
      userinfo_endpoint: 'https://space.example.com/api/http/team-directory/profiles/me',
    },
  ],
  [
    'AWS in Frankfurt',
    aws,
    { issuer: PORTAL, details: { region: 'eu-central-1' } },
    awsAt('oidc.eu-central-1.amazonaws.com', 'portal.sso.eu-central-1.amazonaws.com'),
  ],
  [
    'AWS in Beijing',
    aws,
    { issuer: PORTAL, details: { region: 'cn-north-1' } },
    awsAt('oidc.cn-north-1.amazonaws.com.cn', 'portal.sso.cn-north-1.amazonaws.com.cn'),
  ],
  [
    'Vault, by browser',
    vault,
    { issuer: 'https://vault.example.com:8200' },
    {
      authorization_endpoint: 'https://vault.example.com:8200/v1/auth/oidc/oidc/auth_url',
      token_endpoint: 'https://vault.example.com:8200/v1/auth/token/renew-self',
      revocation_endpoint: 'https://vault.example.com:8200/v1/auth/token/revoke-self',
      userinfo_endpoint: 'https://vault.example.com:8200/v1/auth/token/lookup-self',
    },
  ],
  [
    'Vault, by a JWT, in a namespace, its method mounted elsewhere',
    vault,
    { issuer: 'https://vault.example.com/team/ci/auth/gitlab', flow: 'client-credentials' },
    {
      token_endpoint: 'https://vault.example.com/v1/team/ci/auth/gitlab/login',
      revocation_endpoint: 'https://vault.example.com/v1/team/ci/auth/token/revoke-self',
      userinfo_endpoint: 'https://vault.example.com/v1/team/ci/auth/token/lookup-self',
    },
  ],
]

/** Where an access token may be sent, of an installation. */
const apis: readonly (readonly [ProviderProfile, string, string])[] = [
  [github, 'https://github.com', 'https://api.github.com'],
  [github, 'https://acme.ghe.com', 'https://api.acme.ghe.com'],
  [githubApp, OWN, OWN],
  [gitlab, 'https://gitlab.com', 'https://gitlab.com'],
  [gitlab, UNDER_PATH, 'https://example.com'],
  [bitbucket, 'https://bitbucket.org', 'https://api.bitbucket.org'],
  [atlassian, 'https://auth.atlassian.com', 'https://api.atlassian.com'],
  [circleci, 'https://app.circleci.com', 'https://circleci.com'],
  [slack, 'https://slack.com', 'https://slack.com'],
  [jetbrainsSpace, 'https://space.example.com', 'https://space.example.com'],
  [vault, 'https://vault.example.com:8200/team', 'https://vault.example.com:8200'],
  [google, 'https://accounts.google.com', 'https://*.googleapis.com'],
  [
    azureDevops,
    'https://login.microsoftonline.com/tenant/v2.0',
    'https://dev.azure.com https://app.vssps.visualstudio.com',
  ],
]

suite('addresses of providers', () => {
  for (const [what, profile, told, expected] of rows) {
    test(`${what} is asked where it really is`, () => {
      assert.deepEqual(added(profile, told).endpoints, expected)
    })
  }

  for (const [profile, own, origin] of apis) {
    test(`the API of ${profile.id} is at ${origin}`, () => {
      const origins = profile.api?.origins(baseOf(own))
      assert.deepEqual(origins?.join(' '), origin)
      // What names the account is asked with the access token, so it has to be one of them.
      const asked = profile.server.kind === 'known' ? added(profile, { issuer: own }).endpoints : undefined
      if (asked?.userinfo_endpoint !== undefined)
        assert.equal(new URL(asked.userinfo_endpoint).origin, origin)
    })
  }

  test('what only reads is told with the API, where a verb does not say it too', () => {
    const told = (profile: ProviderProfile) => summaryOf(profile).api
    assert.deepEqual(told(github), { origins: ['https://api.github.com'], reads: ['GET *', 'HEAD *'] })
    // An installation of one's own has no address before it is named.
    assert.deepEqual(told(jetbrainsSpace)?.origins, ['{issuer}'])
    assert.ok(told(slack)?.reads.includes('POST /api/*.list'))
    assert.ok(!told(slack)?.reads.some((request) => /^GET \*|postMessage/.test(request)))
    assert.ok(!told(vault)?.reads.includes('GET *'), 'a GET there may make credentials')
    // Who takes its tokens only the owner of a server knows, and roles of AWS are no token.
    for (const profile of [oidc, aws]) assert.equal(told(profile), undefined)
  })

  test('Google describes itself at its issuer', () => {
    const { issuer, endpoints } = added(google)
    assert.equal(issuer, 'https://accounts.google.com')
    assert.equal(endpoints, undefined)
  })

  test('credentials of roles come from the access portal of the region', () => {
    const at = (region: string) =>
      added(aws, { issuer: PORTAL, details: { region } }).roleEndpoint ?? assert.fail('no roles')
    assert.equal(at('eu-central-1'), 'https://portal.sso.eu-central-1.amazonaws.com/federation/credentials')
    assert.equal(at('cn-north-1'), 'https://portal.sso.cn-north-1.amazonaws.com.cn/federation/credentials')
  })

  test('a role that trusts one’s own server is opened by the token service, of its region if named', () => {
    const issuer = 'https://id.example.com'
    const at = (details: Told['details']) => added(oidc, { issuer, ...(details && { details }) }).roleEndpoint
    assert.equal(at({ role: ROLE }), 'https://sts.amazonaws.com/')
    assert.equal(at({ role: ROLE, region: 'us-gov-west-1' }), 'https://sts.us-gov-west-1.amazonaws.com/')
    assert.equal(at(undefined), undefined)
  })
})
