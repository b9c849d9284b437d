import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import type { KeyStore } from '../../../daemon/adapters/vault/keyStore.js'
import { SealedVault } from '../../../daemon/adapters/vault/vault.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { hangingKeychain, lyingKeychain, MemoryKeychain, noKeychain } from '../../fakes/keyStores.js'
import { clear, signedIn } from '../../fakes/storedConnection.js'
import { VaultState } from '../../fakes/vaultState.js'

/** Generous, since a busy disk is not what is tested; a keychain that hangs lets it pass at once. */
const DEADLINE_MS = 10_000

suite('the key of the vault', () => {
  let state: VaultState
  let keychain: MemoryKeychain
  let hanging: KeyStore
  setup(() => {
    mock.timers.enable({ apis: ['setTimeout'] })
    state = new VaultState()
    keychain = new MemoryKeychain()
    hanging = hangingKeychain(() => mock.timers.tick(DEADLINE_MS))
  })
  teardown(() => {
    mock.timers.reset()
    state.remove()
  })

  const start = (store: KeyStore = keychain) =>
    new SealedVault({ state: state.path, keychain: store, deadlineMs: DEADLINE_MS })
  const pathOf = (file: string) => join(state.path, file)
  /** Locked for this reason, with a fix, and with not one byte of the state changed. */
  const staysLocked = async (vault: SealedVault, reason: RegExp) => {
    const before = state.everything()
    await assert.rejects(vault.load(), (refusal: unknown) => {
      assert.ok(refusal instanceof Refusal)
      assert.equal(refusal.code, 'vault_locked')
      assert.match(refusal.message, reason)
      return refusal.fix !== ''
    })
    await assert.rejects(vault.commit(signedIn('one', 9)), { code: 'vault_locked' })
    const { state: locked, reason: said, fix } = vault.status()
    assert.equal(locked, 'locked')
    assert.match(said, reason)
    assert.notEqual(fix, '')
    assert.equal(state.everything(), before)
  }

  suite('at the first start', () => {
    test('a keychain that works gets it, and no key file is made', async () => {
      const vault = start()
      await vault.commit(signedIn('one', 1))
      assert.deepEqual(vault.status(), { state: 'open', keySource: 'keychain', reason: '', fix: '' })
      assert.deepEqual(state.files(), ['connections/one.json', 'vault.json'])
      const { vaultId, keyId } = state.vaultDocument()
      assert.deepEqual([...keychain.keys.keys()], [`${vaultId}.${keyId}`])
    })

    for (const [what, store] of [
      ['is absent', () => noKeychain],
      ['hangs', () => hanging],
      ['says yes and keeps nothing', () => lyingKeychain(null)],
      ['says yes and keeps a part', () => lyingKeychain(Buffer.alloc(8))],
      ['says yes and keeps something else', () => lyingKeychain(Buffer.alloc(32))],
    ] as const) {
      test(`a keychain that ${what} is not trusted: the key goes to a file, and the status says so`, async () => {
        const vault = start(store())
        await vault.commit(signedIn('one', 1))
        assert.equal(vault.status().keySource, 'keyFile')
        assert.match(vault.status().reason, /not against your own programs/)
        // A keychain that appears later changes nothing by itself.
        const { connections } = await start().load()
        assert.deepEqual(connections.map(clear), [clear(signedIn('one', 1))])
        assert.equal(keychain.keys.size, 0)
      })
    }

    test('the vault says that it is reading the key before anything answered', async () => {
      const vault = start(hanging)
      const loading = vault.load()
      assert.equal(vault.status().state, 'locked')
      assert.match(vault.status().reason, /reading the key/)
      await loading
      assert.equal(vault.status().state, 'open')
    })
  })

  suite('later', () => {
    setup(() => start().commit(signedIn('one', 1)))

    test('a keychain that returns nothing means locked, never a new key', async () => {
      keychain.locked = true
      await staysLocked(start(), /locked, or another installation/)
      keychain.locked = false
      assert.equal((await start().load()).connections.length, 1)
    })

    test('a keychain that has lost the key means locked, never a new key', async () => {
      keychain.keys.clear()
      await staysLocked(start(), /did not return the key/)
      assert.equal(keychain.keys.size, 0)
    })

    test('a keychain that hangs means locked once the deadline has passed', async () => {
      await staysLocked(start(hanging), /did not answer within 10 s/)
    })

    test('a keychain that fails means locked, with what it said', async () => {
      await staysLocked(start(noKeychain), /no keychain here/)
    })

    test('another key means locked, and is called another installation’s', async () => {
      await staysLocked(start(lyingKeychain(Buffer.alloc(32))), /another installation's key/)
      await staysLocked(start(lyingKeychain(Buffer.alloc(5))), /32 bytes, not 5/)
    })

    test('a locked vault opens when asked again after the keychain was unlocked', async () => {
      keychain.locked = true
      const vault = start()
      await assert.rejects(vault.load())
      assert.equal((await vault.unlock()).state, 'locked')
      keychain.locked = false
      assert.equal((await vault.unlock()).state, 'open')
      assert.equal((await vault.load()).connections.length, 1)
    })

    test('without vault.json, records mean locked, never a new key', async () => {
      rmSync(pathOf('vault.json'))
      await staysLocked(start(), /vault\.json is missing/)
      assert.equal(keychain.keys.size, 1)
    })

    test('a broken vault.json means locked, and one of a later version asks for the upgrade', async () => {
      const whole = readFileSync(pathOf('vault.json'), 'utf8')
      writeFileSync(pathOf('vault.json'), whole.slice(0, 40))
      await staysLocked(start(), /vault\.json is corrupt/)
      writeFileSync(pathOf('vault.json'), whole.replace('"format": 1', '"format": 2'))
      await staysLocked(start(), /newer fob/)
    })
  })

  suite('in a file', () => {
    setup(() => start(noKeychain).commit(signedIn('one', 1)))

    test('a missing key file means locked, never a new key', async () => {
      rmSync(pathOf('key'))
      await staysLocked(start(), /key file is missing/)
    })

    test('a key file of another installation, or with rubbish, means locked', async () => {
      writeFileSync(pathOf('key'), Buffer.alloc(32).toString('base64url'))
      await staysLocked(start(), /another installation's key/)
      writeFileSync(pathOf('key'), 'rubbish')
      await staysLocked(start(), /a key has 32 bytes/)
    })

    test('a key file without anything else is the key, not one to be replaced', async () => {
      const key = readFileSync(pathOf('key'), 'utf8')
      rmSync(pathOf('vault.json'))
      rmSync(pathOf('connections'), { recursive: true })
      const vault = start()
      await vault.load()
      assert.equal(vault.status().keySource, 'keyFile')
      assert.equal(readFileSync(pathOf('key'), 'utf8'), key)
    })
  })

  suite('moving it', () => {
    setup(async () => {
      await start().commit(signedIn('one', 1))
      await start().commit(signedIn('one', 2))
    })

    test('leaves no copy under the old key, and the old key is gone', async () => {
      const vault = start()
      await vault.move('keyFile')
      assert.deepEqual(state.files(), ['connections/one.json', 'key', 'vault.json'])
      assert.equal(keychain.keys.size, 0)
      await vault.move('keychain')
      assert.deepEqual(state.files(), ['connections/one.json', 'vault.json'])
      assert.equal(keychain.keys.size, 1)
    })

    test('to where it is changes nothing', async () => {
      const before = state.everything()
      assert.equal((await start().move('keychain')).keySource, 'keychain')
      assert.equal(state.everything(), before)
    })

    test('to a keychain that does not keep it is refused with what to do first, and all stays as it was', async () => {
      const vault = start()
      await vault.move('keyFile')
      const before = state.everything()
      for (const store of [noKeychain, hanging, lyingKeychain(null)]) {
        await assert.rejects(start(store).move('keychain'), (refusal: unknown) => {
          assert.ok(refusal instanceof Refusal && refusal.code === 'misconfigured')
          assert.match(refusal.message, /^the keychain did not keep the key, which stays where it was: ./)
          return /^unlock the keychain, or start one .*, then .*fob vault move keychain`$/.test(refusal.fix)
        })
        assert.equal(state.everything(), before)
      }
    })

    test('succeeds though the old key cannot be removed, and the next start removes it', async () => {
      const vault = start()
      await vault.load()
      keychain.locked = true
      const status = await vault.move('keyFile')
      assert.match(status.reason, /old one is still in the keychain/)
      keychain.locked = false
      const next = start()
      await next.load()
      await next.move('keyFile')
      assert.equal(keychain.keys.size, 0)
      assert.match(next.status().reason, /not against your own programs/)
    })

    test('lets commits go on, and loses none of them', async () => {
      const vault = start()
      for (let other = 0; other < 10; other += 1) await vault.commit(signedIn(`other${other}`, 1))
      const moving = vault.move('keyFile')
      for (let generation = 3; generation < 9; generation += 1)
        await vault.commit(signedIn('one', generation))
      await moving
      const { connections } = await start().load()
      assert.equal(connections.length, 11)
      assert.deepEqual(connections.filter(({ record }) => record.generation > 1).map(clear), [
        clear(signedIn('one', 8)),
      ])
    })

    test('a locked vault is not moved', async () => {
      keychain.locked = true
      await assert.rejects(start().move('keyFile'), { code: 'vault_locked' })
    })
  })
})
