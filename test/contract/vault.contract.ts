/** What every vault promises, whatever is behind it. */
import assert from 'node:assert/strict'
import type { KeySource } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { Vault } from '../../daemon/core/ports.js'
import { Secret } from '../../daemon/core/secret.js'
import { canary, clear, nameOf, signedIn, signedOut } from '../fakes/storedConnection.js'

/** One installation, in which daemons come and go. */
export interface Installation {
  /** Where its key is kept. */
  readonly keySource: KeySource
  /** The vault of a new daemon. */
  start(): Vault
  /** Takes the key out of reach, or gives it back, for daemons started from now on. */
  lock(locked: boolean): void
  /** Makes every write fail, or lets them succeed again. */
  fill(full: boolean): void
  end(): Promise<void>
}

export function vaultContract(title: string, install: () => Promise<Installation>): void {
  suite(title, () => {
    let installation: Installation
    setup(async () => {
      installation = await install()
    })
    teardown(() => installation.end())

    const loaded = async (vault = installation.start()) => {
      const { connections } = await vault.load()
      return connections.map((stored) => ({ ...clear(stored), restored: stored.restored }))
    }
    const lockedOut = (refusal: unknown) =>
      refusal instanceof Refusal && refusal.code === 'vault_locked' && refusal.fix !== ''

    test('a new vault opens empty and says where its key is', async () => {
      const vault = installation.start()
      assert.deepEqual(await vault.load(), { connections: [], quarantined: [] })
      assert.equal(vault.status().state, 'open')
      assert.equal(vault.status().keySource, installation.keySource)
    })

    test('the next daemon finds everything that was committed', async () => {
      const vault = installation.start()
      await vault.load()
      const [one, two] = [signedIn('one', 1, 'client-secret'), signedOut('two.json', 4)]
      await vault.commit(one)
      await vault.commit(two)
      assert.deepEqual(await loaded(), [
        { ...clear(one), restored: false },
        { ...clear(two), restored: false },
      ])
    })

    test('a client that fob registered comes back with its grant, and what the provider was told', async () => {
      const vault = installation.start()
      await vault.load()
      const { record, secrets } = signedIn('one', 1)
      const { definition } = record
      const server = definition.server && {
        ...definition.server,
        roleEndpoint: 'https://portal.example/roles',
      }
      const told = { ...definition, server, details: { region: 'eu-central-1' } }
      const registered = { clientId: 'made', secret: new Secret(canary('registered')), expiresAt: 90_000 }
      await vault.commit({ record: { ...record, definition: told }, secrets: { ...secrets, registered } })
      const [found] = (await installation.start().load()).connections
      assert.deepEqual(found?.record.definition, told)
      assert.equal(found?.secrets.registered?.secret?.reveal(), canary('registered'))
      assert.deepEqual({ ...found?.secrets.registered, secret: '' }, { ...registered, secret: '' })
    })

    test('the last of many commits begun together is the one that stays', async () => {
      const vault = installation.start()
      const many = [1, 2, 3, 4, 5].map((generation) => signedIn('one', generation))
      await Promise.all(many.map((stored) => vault.commit(stored)))
      assert.deepEqual(await loaded(), [{ ...clear(signedIn('one', 5)), restored: false }])
    })

    test('a forgotten connection is gone, and forgetting it again is no error', async () => {
      const vault = installation.start()
      await vault.commit(signedIn('one', 1))
      await vault.commit(signedIn('one', 2))
      await vault.commit(signedIn('other', 1))
      await vault.forget(nameOf('one'))
      await vault.forget(nameOf('one'))
      assert.deepEqual(await loaded(), [{ ...clear(signedIn('other', 1)), restored: false }])
    })

    test('a failed write is refused with a fix, keeps the old record, and the next one succeeds', async () => {
      const vault = installation.start()
      await vault.commit(signedIn('one', 1))
      installation.fill(true)
      await assert.rejects(vault.commit(signedIn('one', 2)), (refusal: unknown) => {
        assert.ok(refusal instanceof Refusal)
        assert.equal(refusal.code, 'store_unwritable')
        assert.match(refusal.message, /^cannot write .*: E[A-Z]+: /)
        return refusal.fix !== ''
      })
      await assert.rejects(vault.forget(nameOf('one')), { code: 'store_unwritable' })
      installation.fill(false)
      assert.deepEqual(await loaded(), [{ ...clear(signedIn('one', 1)), restored: false }])
      await vault.commit(signedIn('one', 3))
      assert.deepEqual(await loaded(), [{ ...clear(signedIn('one', 3)), restored: false }])
    })

    test('while its key is out of reach it is locked, says so, and opens when asked again', async () => {
      await installation.start().commit(signedIn('one', 1))
      installation.lock(true)
      const vault = installation.start()
      await assert.rejects(vault.load(), lockedOut)
      await assert.rejects(vault.commit(signedIn('one', 2)), lockedOut)
      await assert.rejects(vault.forget(nameOf('one')), lockedOut)
      assert.equal((await vault.unlock()).state, 'locked')
      assert.notEqual(vault.status().reason, '')
      installation.lock(false)
      assert.equal((await vault.unlock()).state, 'open')
      assert.deepEqual(await loaded(vault), [{ ...clear(signedIn('one', 1)), restored: false }])
    })

    test('moving the key, there and back, keeps every connection for the next daemon', async () => {
      const vault = installation.start()
      await vault.commit(signedIn('one', 1))
      await vault.commit(signedIn('two', 7))
      const there = installation.keySource === 'keychain' ? 'keyFile' : 'keychain'
      for (const source of [there, installation.keySource] as const) {
        const moving = installation.start()
        assert.equal((await moving.move(source)).keySource, source)
        const next = installation.start()
        assert.equal((await loaded(next)).length, 2)
        assert.equal(next.status().keySource, source)
        await next.commit(signedIn('one', 2))
      }
      assert.deepEqual(await loaded(), [
        { ...clear(signedIn('one', 2)), restored: false },
        { ...clear(signedIn('two', 7)), restored: false },
      ])
    })
  })
}
