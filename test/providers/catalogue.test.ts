/** What everybody may rely on in each profile. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { AddConnection } from '../../shared/contract/newConnection.js'
import { planned } from '../../daemon/core/newConnection.js'
import { catalogue } from '../../daemon/providers/catalogue.js'
import { gitlab } from '../../daemon/providers/gitlab.js'
import { okta } from '../../daemon/providers/okta.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import type { Purpose } from '../../daemon/providers/scopeRules.js'
import { bitbucket } from '../../daemon/providers/bitbucket.js'
import * as asBitbucket from '../../daemon/sandbox/personalities/bitbucket.js'
import { ProviderHouse } from './providerHouse.js'

const PURPOSES: readonly Purpose[] = ['read', 'ci', 'write']

const askedFor = (preset: string, profile: ProviderProfile) =>
  planned(
    AddConnection.parse({
      name: 'work',
      provider: profile.id,
      clientId: 'ID',
      issuer: 'https://id.example.com',
      preset,
    }),
    profile,
  ).scopes

suite('profiles', () => {
  for (const { id, scopes } of catalogue) {
    test(`${id} has scopes to read, for CI and to write, or says why it has none`, () => {
      const unnamed = scopes.unnamed?.purposes ?? []
      const missing = PURPOSES.filter((purpose) => !(purpose in scopes.presets) && !unnamed.includes(purpose))
      assert.deepEqual(missing, [])
      const both = unnamed.filter((purpose) => purpose in scopes.presets)
      assert.deepEqual(both, [], 'it has what it says it has not')
      for (const named of Object.values(scopes.presets)) assert.ok(named.length > 0)
    })
  }

  test('each gives access tokens for fewer scopes, or says in words of its own why it cannot', () => {
    const whys = catalogue.map(({ downScope }) => (downScope.kind === 'none' ? downScope.why : ''))
    const shared = catalogue.filter((_, at) => whys[at] !== '' && whys.indexOf(whys[at] ?? '') < at)
    // Of a server that nobody knows there is one thing to say, whether or not it describes itself.
    assert.deepEqual(
      shared.map(({ id }) => id),
      ['oauth2'],
    )
  })

  test('whoever asks for a preset that a provider cannot have is told why', () => {
    assert.throws(
      () => askedFor('ci', okta),
      (error) => error instanceof Refusal && /no preset ci: each authorization server/.test(error.message),
    )
    assert.throws(
      () => askedFor('everything', gitlab),
      (error) => error instanceof Refusal && /it has read, ci, write/.test(error.message),
    )
  })

  test('GitLab is asked for no more than reading, unless a person says otherwise', () => {
    const { usual, presets } = gitlab.scopes
    assert.deepEqual(usual, presets['read'])
    assert.ok(!usual.some((scope) => /write|^api$/.test(scope)))
    assert.deepEqual(askedFor('ci', gitlab), ['openid', 'read_api', 'write_repository'])
  })
})

suite('Bitbucket', () => {
  test('its scopes are read under the name of today and under the one before', async () => {
    const house = await new ProviderHouse(bitbucket, asBitbucket.bitbucket).open()
    try {
      await house.add('code')
      await house.signIn('code')
      const ticked = ['account', 'repository', 'pullrequest']
      assert.deepEqual((await house.lease()).scopes, ticked)
      await house.refresh()
      assert.deepEqual((await house.lease()).scopes, ticked)
    } finally {
      await house.close()
    }
  })
})
