/** What JetBrains Space does otherwise: its cloud is over, and only offline access brings a refresh token. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { AddConnection } from '../../shared/contract/newConnection.js'
import { planned } from '../../daemon/core/newConnection.js'
import { jetbrainsSpace } from '../../daemon/providers/jetbrainsSpace.js'
import * as asSpace from '../../daemon/sandbox/personalities/jetbrainsSpace.js'
import { ProviderHouse } from './providerHouse.js'

const asked = (issuer?: string) =>
  AddConnection.parse({
    name: 'space',
    provider: 'jetbrains-space',
    clientId: 'client',
    ...(issuer === undefined ? {} : { issuer }),
  })

const refusalOf = (issuer?: string): Refusal => {
  try {
    planned(asked(issuer), jetbrainsSpace)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  return assert.fail('it was planned')
}

suite('jetbrains space', () => {
  test('P1 jetbrains-space: an address of the cloud is told that the cloud ended', () => {
    for (const issuer of ['https://octo.jetbrains.space', 'https://jetbrains.space']) {
      const { code, field, message } = refusalOf(issuer)
      assert.equal(code, 'misconfigured')
      assert.equal(field, 'issuer')
      assert.match(message, /the cloud of JetBrains Space ended on 1 June 2025/)
    }
  })

  test('P1 jetbrains-space: an installation is taken, under a path of its own too', () => {
    for (const issuer of ['https://space.example.test', 'https://jetbrains.space.example.test/tools/']) {
      const { issuer: at, endpoints } = planned(asked(issuer), jetbrainsSpace)
      assert.equal(endpoints?.token_endpoint, `${at}/oauth/token`)
    }
  })

  test('P1 jetbrains-space: without an address one is asked for', () => {
    const { field, message } = refusalOf()
    assert.equal(field, 'issuer')
    assert.match(message, /name it/)
  })

  test('P1 jetbrains-space: an access token of ten minutes is renewed as late as it can be', async () => {
    const house = await new ProviderHouse(jetbrainsSpace, asSpace.jetbrainsSpace).open()
    try {
      await house.add('code')
      await house.signIn('code')
      const first = await house.lease()
      await house.clock.advance(560_000)
      assert.equal((await house.lease()).accessToken, first.accessToken)
      await house.clock.advance(20_000)
      await house.settled()
      assert.notEqual((await house.lease()).accessToken, first.accessToken)
    } finally {
      await house.close()
    }
  })
})
