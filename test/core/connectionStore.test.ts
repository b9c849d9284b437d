import assert from 'node:assert/strict'
import { ConnectionStore } from '../../daemon/core/connection/connectionStore.js'
import { Holdings } from '../../daemon/core/connection/holdings.js'
import type { Log } from '../../daemon/core/ports.js'
import type { State } from '../../daemon/core/lifecycle/states.js'
import { MemoryVault } from '../fakes/memoryVault.js'
import { signedIn } from '../fakes/storedConnection.js'
import { states } from './lifecycleCases.js'
import { refusedWith } from './refusedWith.js'

const quiet = (): void => undefined
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

function stored() {
  const { record, secrets } = signedIn('work', 5)
  const truth: { definition: typeof record.definition; state: State } = {
    definition: record.definition,
    state: states['active'],
  }
  const vault = new MemoryVault()
  return {
    truth,
    vault,
    store: new ConnectionStore({ vault, log }, truth, new Holdings({ record, secrets })),
  }
}

suite('the record of a connection', () => {
  test('is made of what is true when its turn comes', async () => {
    const { truth, vault, store } = stored()
    let release: () => void = () => undefined
    const first = store.take(() => new Promise<void>((resolve) => (release = resolve)))
    const second = store.take(() => store.commit())
    await Promise.resolve()
    truth.state = states['consentRequired']
    release()
    await Promise.all([first, second])
    assert.deepEqual(vault.disk.commits[0]?.record.standing, { kind: 'consentRequired', reason: 'revoked' })
  })

  test('a turn that fails does not stop the next', async () => {
    const { vault, store } = stored()
    await assert.rejects(store.take(() => Promise.reject(new Error('a defect'))))
    await store.take(() => store.commit())
    assert.equal(vault.disk.commits.length, 1)
    assert.equal(store.busy, false)
  })

  test('is never written again once it was forgotten', async () => {
    const { vault, store } = stored()
    await store.take(() => store.commit())
    const forgotten = store.forget()
    const late = refusedWith(
      'unknown_connection',
      store.take(() => store.commit()),
    )
    await Promise.all([forgotten, late])
    await store.commitQuietly()
    assert.equal(vault.disk.connections.size, 0)
  })

  test('that could not be removed goes on', async () => {
    const { vault, store } = stored()
    vault.disk.full = true
    await refusedWith('store_unwritable', store.forget())
    vault.disk.full = false
    await store.take(() => store.commit())
    assert.equal(vault.disk.connections.size, 1)
  })
})
