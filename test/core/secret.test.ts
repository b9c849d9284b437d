import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { Secret } from '../../daemon/core/secret.js'

const CANARY = 'canary-secret-8d1f'

suite('secret', () => {
  test('no way of printing it shows the text', () => {
    const secret = new Secret(CANARY)
    const error = new Error(`with ${String(secret)}`, { cause: secret })
    const printed = [
      String(secret),
      `${secret.toString()}`,
      JSON.stringify({ secret, list: [secret] }),
      inspect(secret, { depth: 9, showHidden: true }),
      inspect({ deep: { secret } }, { depth: 9, getters: true }),
      inspect(error),
      Object.keys(secret).join(),
      Object.getOwnPropertyNames(secret).join(),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify({ ...secret }),
      JSON.stringify(structuredClone(secret)),
    ]
    for (const text of printed) assert.ok(!text.includes(CANARY), text)
  })

  test('reveal gives the text', () => {
    assert.equal(new Secret(CANARY).reveal(), CANARY)
  })
})
