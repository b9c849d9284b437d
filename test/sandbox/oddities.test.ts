/**
 * What providers do otherwise than the RFCs, asked of those who play them and without fob: a personality that were as
 * good-natured as the standard would prove nothing. Each both ways: what it wants, and what it does without.
 */
import assert from 'node:assert/strict'
import { catalogue } from '../../daemon/providers/catalogue.js'
import { atlassian } from '../../daemon/sandbox/personalities/atlassian.js'
import { bitbucket } from '../../daemon/sandbox/personalities/bitbucket.js'
import { DEVOPS, entra, TENANT } from '../../daemon/sandbox/personalities/entra.js'
import { github, githubApp } from '../../daemon/sandbox/personalities/github.js'
import { gitlab, gitlabAloneByDevice } from '../../daemon/sandbox/personalities/gitlab.js'
import {
  auth0,
  auth0WithOverlap,
  google,
  keycloak,
  keycloakWithoutRotation,
  okta,
  oktaOrg,
  oktaWithoutLeeway,
} from '../../daemon/sandbox/personalities/openIdVendors.js'
import type { Personality } from '../../daemon/sandbox/personalities/personality.js'
import { ANY_PORT, basic, CLIENT, inBody, Stage, textOf, type Told } from './stage.js'

const PUBLIC = { client_id: CLIENT.id }
const OFFLINE = { scope: 'openid offline_access' }

const access = 'access_token'
const renewal = 'refresh_token'

/** The address that a person registers for fob there. */
function registered(id: string): string {
  const { redirect } = catalogue.find((profile) => profile.id === id) ?? assert.fail(id)
  const port = redirect.port === 0 ? new URL(ANY_PORT).port : redirect.port
  return `http://${redirect.host}:${port}${redirect.path}`
}

suite('oddities', () => {
  let stage: Stage | undefined

  teardown(async () => {
    await stage?.close()
    stage = undefined
  })

  const odd = (personality: Personality, what: string, act: (stage: Stage) => Promise<void>): void => {
    test(`${personality.id}: ${what}`, async () => {
      stage = await new Stage(personality, registered(personality.id)).open()
      await act(stage)
    })
  }

  const GITHUB = '/login/oauth/authorize'

  for (const personality of [github, githubApp]) {
    odd(personality, 'answers as a form unless JSON is asked for', async (at) => {
      const form = await at.redeem(GITHUB, { scope: 'repo' }, inBody, { accept: '*/*' })
      assert.match(form.type, /^application\/x-www-form-urlencoded/)
      assert.match(form.text, /^access_token=gh[ou]_/)
      assert.match((await at.redeem(GITHUB, { scope: 'repo' })).type, /^application\/json/)
    })

    odd(personality, 'says its errors with status 200, in words of its own', async (at) => {
      const bad = await at.token({ grant_type: 'authorization_code', code: 'another', ...inBody })
      assert.deepEqual([bad.status, bad.members['error']], [200, 'bad_verification_code'])
    })

    odd(personality, 'wants the secret of a browser in spite of PKCE, and none of a device', async (at) => {
      const without = await at.redeem(GITHUB, {}, PUBLIC)
      assert.deepEqual([without.status, without.members['error']], [200, 'incorrect_client_credentials'])
      assert.ok(at.works(await at.redeem(GITHUB, {})))
      assert.ok(at.works(await at.byDevice('/login/device/code', PUBLIC)))
    })

    odd(
      personality,
      'ends a token for a client that proves itself by Basic, and for no other',
      async (at) => {
        const told = await at.redeem(GITHUB, {})
        const line = `DELETE /api/v3/applications/${CLIENT.id}/token`
        const body = JSON.stringify({ access_token: textOf(told, access) })
        assert.equal((await at.call(line, body)).status, 404)
        assert.equal((await at.call(line, body, basic({ ...CLIENT, secret: 'another' }))).status, 404)
        assert.ok(at.works(told))
        assert.equal((await at.call(line, body, basic())).status, 204)
        assert.ok(!at.works(told))
      },
    )
  }

  odd(github, 'joins the scopes of its answer by commas, and its access token has no end', async (at) => {
    const { members } = await at.redeem(GITHUB, { scope: 'repo read:org' })
    assert.equal(members['scope'], 'repo,read:org')
    assert.ok(!('expires_in' in members) && !(renewal in members))
  })

  odd(github, 'compares host and path of a loopback address, not its port', async (at) => {
    const status = async (uri: string) => (await at.authorize(GITHUB, { redirect_uri: uri })).status
    assert.equal(await status('http://127.0.0.1:50000/callback'), 302)
    assert.equal(await status('http://127.0.0.1:50000/another'), 400)
    assert.equal(await status('http://localhost:50000/callback'), 400)
  })

  odd(githubApp, 'compares the callback address whole, its port too', async (at) => {
    const status = async (uri: string) => (await at.authorize(GITHUB, { redirect_uri: uri })).status
    assert.equal(await status(registered('github-app')), 302)
    assert.equal(await status(ANY_PORT), 400)
  })

  odd(githubApp, 'ends both tokens of before at a refresh, and its scope is empty', async (at) => {
    const first = await at.redeem(GITHUB, {})
    assert.equal(first.members['scope'], '')
    const second = await at.refresh(textOf(first, renewal))
    assert.ok(at.works(second))
    assert.ok(!at.works(first))
    assert.equal((await at.refresh(textOf(first, renewal))).members['error'], 'bad_refresh_token')
    assert.ok(at.works(second), 'a second use is an error and no more')
  })

  odd(githubApp, 'narrows an access token for who proves to be its client and names an owner', async (at) => {
    const own = textOf(await at.redeem(GITHUB, {}), access)
    const line = `POST /api/v3/applications/${CLIENT.id}/token/scoped`
    const ask = (question: object, proof = basic()) =>
      at.call(line, JSON.stringify({ access_token: own, ...question }), proof)
    assert.equal((await ask({ target: 'octo' }, basic({ ...CLIENT, secret: 'another' }))).status, 404)
    assert.equal((await ask({ permissions: { contents: 'read' } })).status, 422)
    const less = await ask({ target: 'octo', repositories: ['site'], permissions: { contents: 'read' } })
    assert.deepEqual(at.desk.scopesOf(textOf(less, 'token')), ['contents:read', 'octo/site'])
    assert.ok(at.desk.scopesOf(own))
  })

  odd(githubApp, 'refreshes without a secret what a device began, and nothing else', async (at) => {
    const browser = textOf(await at.redeem(GITHUB, {}), renewal)
    assert.equal((await at.refresh(browser, PUBLIC)).members['error'], 'incorrect_client_credentials')
    assert.ok(at.works(await at.refresh(browser)))
    const device = textOf(await at.byDevice('/login/device/code', PUBLIC), renewal)
    assert.ok(at.works(await at.refresh(device, PUBLIC)))
  })

  const GITLAB = '/oauth/authorize'

  odd(gitlab, 'ends both tokens of before at a refresh', async (at) => {
    const first = await at.redeem(GITLAB, OFFLINE)
    assert.ok(at.works(await at.refresh(textOf(first, renewal))))
    assert.ok(!at.works(first))
    const again = await at.refresh(textOf(first, renewal))
    assert.deepEqual([again.status, again.members['error']], [400, 'invalid_grant'])
  })

  odd(gitlab, 'takes the secret by Basic and in the body, and misses it from who has one', async (at) => {
    assert.ok(at.works(await at.redeem(GITLAB, OFFLINE, PUBLIC, basic())))
    assert.ok(at.works(await at.redeem(GITLAB, OFFLINE)))
    assert.equal((await at.redeem(GITLAB, OFFLINE, PUBLIC)).status, 401)
    at.desk.register({ id: CLIENT.id, secret: undefined })
    assert.ok(at.works(await at.redeem(GITLAB, OFFLINE, PUBLIC)))
  })

  odd(gitlab, 'says when a token was made, and lets the code of a device live five minutes', async (at) => {
    assert.equal((await at.redeem(GITLAB, OFFLINE)).members['created_at'], at.now / 1_000)
    const begun = await at.call('POST /oauth/authorize_device', new URLSearchParams(PUBLIC))
    assert.equal(begun.members['expires_in'], 300)
  })

  odd(gitlab, 'gives devices a refresh token, or none, as its pages say both', async (at) => {
    assert.ok(renewal in (await at.byDevice('/oauth/authorize_device', inBody)).members)
  })

  odd(gitlabAloneByDevice, 'then has one for browsers alone', async (at) => {
    assert.ok(!(renewal in (await at.byDevice('/oauth/authorize_device', inBody)).members))
    assert.ok(renewal in (await at.redeem(GITLAB, OFFLINE)).members)
  })

  const BITBUCKET = '/site/oauth2/authorize'

  odd(bitbucket, 'takes key and secret by Basic alone', async (at) => {
    const inTheBody = await at.redeem(BITBUCKET, {})
    assert.deepEqual([inTheBody.status, inTheBody.members['error']], [400, 'invalid_client'])
    assert.ok(at.works(await at.redeem(BITBUCKET, {}, {}, basic())))
  })

  odd(bitbucket, 'takes what begins with the callback address, the port included', async (at) => {
    const status = async (uri: string) => (await at.authorize(BITBUCKET, { redirect_uri: uri })).status
    assert.equal(await status('http://localhost:34106/callback'), 302)
    assert.equal(await status('http://localhost:34106/deeper/still'), 302)
    assert.equal(await status('http://localhost:50000/callback'), 400)
  })

  odd(bitbucket, 'brings another refresh token at each use, and the one of before is dead', async (at) => {
    const first = textOf(await at.redeem(BITBUCKET, {}, {}, basic()), renewal)
    assert.notEqual(textOf(await at.refresh(first, {}, basic()), renewal), first)
    assert.equal((await at.refresh(first, {}, basic())).members['error'], 'invalid_grant')
  })

  odd(
    bitbucket,
    'calls what is ticked on the consumer `scopes` or `scope`, whatever is asked',
    async (at) => {
      const ticked = 'account repository pullrequest'
      const first = await at.redeem(BITBUCKET, { scope: 'issue' }, {}, basic())
      assert.deepEqual([first.members['scopes'], first.members['scope']], [ticked, undefined])
      const second = await at.refresh(textOf(first, renewal), {}, basic())
      assert.deepEqual([second.members['scope'], second.members['scopes']], [ticked, undefined])
    },
  )

  const GOOGLE = '/o/oauth2/v2/auth'
  const BOTH = { access_type: 'offline', prompt: 'consent' }

  odd(google, 'brings a refresh token only where both are asked for', async (at) => {
    assert.ok(renewal in (await at.redeem(GOOGLE, { scope: 'openid', ...BOTH })).members)
    const { access_type, prompt } = BOTH
    for (const half of [{ access_type }, { prompt }, {}, OFFLINE]) {
      const told = await at.redeem(GOOGLE, { scope: 'openid', ...half })
      assert.ok(at.works(told) && !(renewal in told.members), JSON.stringify(half))
    }
  })

  odd(google, 'keeps the refresh token, and an answer to a refresh has none', async (at) => {
    const first = await at.redeem(GOOGLE, { scope: 'openid', ...BOTH })
    for (const time of [1, 2]) {
      const told = await at.refresh(textOf(first, renewal))
      assert.ok(at.works(told), `use ${time}`)
      assert.ok(!(renewal in told.members))
    }
    assert.ok(at.works(first))
  })

  for (const [personality, path, leewayS] of [
    [okta, '/oauth2/default/v1/authorize', 30],
    [oktaWithoutLeeway, '/oauth2/default/v1/authorize', 0],
    [oktaOrg, '/oauth2/v1/authorize', 30],
  ] as const) {
    odd(
      personality,
      `after ${leewayS} s a spent refresh token ends the newest pair and every access token (${path})`,
      async (at) => {
        const first = await at.redeem(path, OFFLINE)
        let second = await at.refresh(textOf(first, renewal))
        at.now += Math.max(0, leewayS * 1_000 - 1)
        if (leewayS > 0) second = await at.refresh(textOf(first, renewal))
        assert.ok(at.works(first) && at.works(second))
        at.now += 1
        const again = await at.refresh(textOf(first, renewal))
        assert.deepEqual([again.status, again.members['error']], [400, 'invalid_grant'])
        assert.ok(!at.works(first) && !at.works(second))
        assert.equal((await at.refresh(textOf(second, renewal))).members['error'], 'invalid_grant')
      },
    )
  }

  odd(
    okta,
    'compares the redirect address whole, and wants `offline_access` for a refresh token',
    async (at) => {
      const path = '/oauth2/default/v1/authorize'
      assert.equal((await at.authorize(path, { redirect_uri: ANY_PORT })).status, 400)
      assert.equal((await at.authorize(path, { redirect_uri: `${registered('okta')}/` })).status, 400)
      assert.ok(!(renewal in (await at.redeem(path, { scope: 'openid' })).members))
      assert.ok(renewal in (await at.redeem(path, OFFLINE)).members)
    },
  )

  odd(auth0, 'has an issuer that ends in a slash, and a dead refresh token is a 403', async (at) => {
    const { members } = await at.call('GET /.well-known/openid-configuration')
    assert.equal(members['issuer'], `${at.base}/`)
    const first = textOf(await at.redeem('/authorize', OFFLINE), renewal)
    assert.equal((await at.refresh(first)).status, 200)
    const dead = await at.refresh(first)
    assert.deepEqual([dead.status, dead.members['error']], [403, 'invalid_grant'])
  })

  odd(
    auth0WithOverlap,
    'takes the refresh token used last again for a while, and none before it',
    async (at) => {
      const first = textOf(await at.redeem('/authorize', OFFLINE), renewal)
      const second = textOf(await at.refresh(first), renewal)
      assert.equal((await at.refresh(first)).status, 200)
      assert.equal((await at.refresh(second)).status, 200)
      assert.equal((await at.refresh(first)).status, 403)
    },
  )

  odd(auth0, 'signs the access tokens for an audience that is named, and no others', async (at) => {
    const audience = 'https://api.example.com/'
    assert.doesNotMatch(textOf(await at.redeem('/authorize', OFFLINE), access), /\./)
    const first = await at.redeem('/authorize', { ...OFFLINE, audience })
    const device = await at.byDevice('/oauth/device/code', { ...inBody, ...OFFLINE, audience })
    for (const told of [first, await at.refresh(textOf(first, renewal)), device]) {
      const [, claims = ''] = textOf(told, access).split('.')
      assert.match(Buffer.from(claims, 'base64url').toString(), /"aud":"https:\/\/api\.example\.com\/"/)
      assert.ok(at.works(told))
    }
  })

  odd(auth0, 'gives fewer scopes for one access token, never more, and the grant keeps all', async (at) => {
    const first = textOf(await at.redeem('/authorize', OFFLINE), renewal)
    const fewer = await at.refresh(first, { ...inBody, scope: 'openid' })
    assert.equal(fewer.members['scope'], 'openid')
    const more = await at.refresh(textOf(fewer, renewal), { ...inBody, scope: 'openid email' })
    assert.equal(more.members['error'], 'invalid_scope')
    assert.equal((await at.refresh(textOf(fewer, renewal))).members['scope'], OFFLINE.scope)
    assert.equal((await at.authorize('/authorize', { redirect_uri: ANY_PORT })).status, 400)
  })

  const KEYCLOAK = '/realms/work/protocol/openid-connect/auth'

  odd(keycloak, 'does not look at the port, and its access tokens live five minutes', async (at) => {
    assert.equal((await at.authorize(KEYCLOAK, { redirect_uri: 'http://127.0.0.1:1/callback' })).status, 302)
    const told = await at.redeem(KEYCLOAK, OFFLINE)
    assert.equal(told.members['expires_in'], 300)
    at.now += 300_000
    assert.ok(!at.works(told))
  })

  odd(keycloak, 'takes a refresh token once where the realm revokes it at use', async (at) => {
    const first = textOf(await at.redeem(KEYCLOAK, OFFLINE), renewal)
    assert.equal((await at.refresh(first)).status, 200)
    assert.equal((await at.refresh(first)).members['error_description'], 'Token is not active')
  })

  odd(keycloak, 'says 0 for the life of a refresh token without an end', async (at) => {
    assert.equal((await at.redeem(KEYCLOAK, OFFLINE)).members['refresh_expires_in'], 0)
  })

  odd(keycloak, 'remembers who agreed, until the grant is revoked', async (at) => {
    const told = await at.redeem(KEYCLOAK, OFFLINE)
    at.decision = 'deny'
    assert.ok('code' in (await at.authorize(KEYCLOAK, OFFLINE)).members)
    const asked = await at.authorize(KEYCLOAK, { ...OFFLINE, prompt: 'consent' })
    assert.equal(asked.members['error'], 'access_denied')
    const revoke = `POST ${KEYCLOAK.replace(/auth$/, 'revoke')}`
    await at.call(revoke, new URLSearchParams({ token: textOf(told, renewal), ...inBody }))
    assert.equal((await at.authorize(KEYCLOAK, OFFLINE)).members['error'], 'access_denied')
  })

  odd(keycloakWithoutRotation, 'takes it again and again where it does not', async (at) => {
    const first = textOf(await at.redeem(KEYCLOAK, OFFLINE), renewal)
    const second = textOf(await at.refresh(first), renewal)
    assert.notEqual(second, first)
    for (const token of [first, second]) assert.equal((await at.refresh(token)).status, 200)
  })

  odd(
    entra,
    'refuses refreshes until a sign-in asked for exactly what its error says, which no code does',
    async (at) => {
      const scope = `offline_access ${DEVOPS}/.default`
      const proof = { ...PUBLIC, scope }
      const signedIn = (more = {}) =>
        at.redeem(`/${TENANT}/oauth2/v2.0/authorize`, { scope, ...more }, PUBLIC)
      const renewed = (told: Told) => at.refresh(textOf(told, renewal), proof)
      const first = await signedIn()
      at.trouble = '50076'
      const stopped = await renewed(first)
      assert.deepEqual([stopped.status, stopped.members['error']], [400, 'invalid_grant'])
      const claims = textOf(stopped, 'claims')
      const unproven = [
        await signedIn(),
        await signedIn({ claims: `${claims} ` }),
        await at.byDevice(`/${TENANT}/oauth2/v2.0/devicecode`, { ...proof, claims }),
      ]
      for (const told of unproven) {
        assert.ok(at.works(told))
        assert.equal((await renewed(told)).members['claims'], claims)
      }
      const next = await renewed(await signedIn({ claims }))
      assert.ok(at.works(next) && at.works(await renewed(next)))
    },
  )

  const AUDIENCE = { audience: 'api.atlassian.com' }

  odd(atlassian, 'wants its audience named, and `offline_access` for a refresh token', async (at) => {
    assert.equal((await at.authorize('/authorize', OFFLINE)).status, 400)
    assert.ok(renewal in (await at.redeem('/authorize', { ...AUDIENCE, ...OFFLINE })).members)
    assert.ok(!(renewal in (await at.redeem('/authorize', { ...AUDIENCE, scope: 'read:me' })).members))
  })

  odd(
    atlassian,
    'says with a 403 that a refresh token is dead, and a refresh ends the access token of before',
    async (at) => {
      const first = await at.redeem('/authorize', { ...AUDIENCE, ...OFFLINE })
      assert.equal((await at.refresh(textOf(first, renewal))).status, 200)
      assert.ok(!at.works(first))
      const dead = await at.refresh(textOf(first, renewal))
      assert.deepEqual([dead.status, dead.members['error']], [403, 'invalid_grant'])
    },
  )
})
