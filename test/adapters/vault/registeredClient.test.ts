import assert from 'node:assert/strict'
import { DataKey, digestOf, seal, unseal } from '../../../daemon/adapters/vault/sealing.js'
import { Secret } from '../../../daemon/core/secret.js'

test('a client that fob registered is sealed with the connection, and comes back as it was', async () => {
  const key = DataKey.create()
  const binding = { vault: 'v', name: 'work', generation: 0, commit: 1, digest: digestOf('{}') }
  const registered = {
    clientId: 'canary-client',
    secret: new Secret('canary-secret'),
    expiresAt: 7,
    kept: true,
  } as const
  const sealed = await seal({ registered }, binding, key)
  assert.doesNotMatch(sealed, /canary/)
  const opened = await unseal(sealed, binding, new Map([[key.id, key]]))
  assert.ok(opened.kind === 'opened')
  const { secret, ...rest } = opened.secrets.registered ?? assert.fail('no client')
  assert.deepEqual(rest, { clientId: 'canary-client', expiresAt: 7, kept: true })
  assert.equal(secret?.reveal(), 'canary-secret')
})
