import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Keychain } from '../../daemon/adapters/vault/keychain.js'
import type { KeyStore } from '../../daemon/adapters/vault/keyStore.js'
import { SealedVault } from '../../daemon/adapters/vault/vault.js'
import { FaultyFiles } from '../fakes/faultyFiles.js'
import { LockableStore, MemoryKeychain } from '../fakes/keyStores.js'
import { MemoryDisk, MemoryVault } from '../fakes/memoryVault.js'
import { clear, signedIn } from '../fakes/storedConnection.js'
import { notRun } from '../notRun.js'
import { hasGnomeKeyring, startGnomeKeyring, type GnomeKeyring } from './gnomeKeyring.js'
import { vaultContract, type Installation } from './vault.contract.js'

const program = fileURLToPath(new URL('../../daemon/adapters/vault/keychainChild.js', import.meta.url))

vaultContract('the memory vault', async () => {
  const disk = new MemoryDisk()
  return {
    keySource: 'keychain',
    start: () => new MemoryVault(disk),
    lock: (locked) => (disk.locked = locked),
    fill: (full) => (disk.full = full),
    end: () => Promise.resolve(),
  }
})

vaultContract('the sealed vault with a keychain', async () => sealed(new MemoryKeychain()))

vaultContract('the sealed vault with a key file', async () => {
  const state = temporary('fob-vault-')
  const keychain = new MemoryKeychain()
  const installation = sealed(keychain, state)
  const key = join(state, 'key')
  return {
    ...installation,
    keySource: 'keyFile',
    start: () => {
      // There is no keychain when the key is chosen, and one to move to later.
      keychain.locked = !existsSync(join(state, 'vault.json'))
      return installation.start()
    },
    lock: (locked) => (locked ? renameSync(key, `${key}.away`) : renameSync(`${key}.away`, key)),
  }
})

suite('with a real keyring', () => {
  let home: string
  let keyring: GnomeKeyring | undefined

  suiteSetup(async function () {
    if (!hasGnomeKeyring()) notRun(this, 'gnome-keyring')
    if (!hasKeytar()) notRun(this, 'keytar')
    home = temporary('fob-keyring-')
    keyring = await startGnomeKeyring(home, true)
  })
  suiteTeardown(async () => {
    if (keyring === undefined) return
    await keyring.stop()
    rmSync(home, { recursive: true })
  })

  const keychain = (deadlineMs = 5000) =>
    new Keychain({ program, environment: keyring?.environment ?? {}, deadlineMs })

  vaultContract('the sealed vault', async () => sealed(new LockableStore(keychain())))

  test('a key written by one process is read by the next, and is gone once removed', async () => {
    const name = { vaultId: 'v', keyId: 'k' }
    assert.equal(await keychain().read(name), null)
    await keychain().write(name, Buffer.alloc(32, 7))
    assert.deepEqual(await keychain().read(name), Buffer.alloc(32, 7))
    await keychain().remove(name)
    assert.equal(await keychain().read(name), null)
    await keychain().remove(name)
  })

  test('a keyring that stops answering locks the vault, and one that answers again opens it', async () => {
    const state = temporary('fob-vault-')
    await new SealedVault({ state, keychain: keychain() }).commit(signedIn('one', 1))
    assert.ok(keyring)
    process.kill(keyring.pid, 'SIGSTOP')
    const vault = new SealedVault({ state, keychain: keychain(1000) })
    await assert.rejects(vault.load(), { code: 'vault_locked', message: /did not answer within 1 s/ })
    process.kill(keyring.pid, 'SIGCONT')
    assert.equal((await vault.unlock()).state, 'open')
    rmSync(state, { recursive: true })
  })

  test('a keyring that comes back locked locks the vault, and no second key is made', async () => {
    const state = temporary('fob-vault-')
    await new SealedVault({ state, keychain: keychain() }).commit(signedIn('one', 1))
    await keyring?.restart(false)
    const vault = new SealedVault({ state, keychain: keychain() })
    await assert.rejects(vault.load(), { code: 'vault_locked', message: /it is locked/ })
    await keyring?.restart(true)
    const { connections } = await new SealedVault({ state, keychain: keychain() }).load()
    assert.deepEqual(connections.map(clear), [clear(signedIn('one', 1))])
    rmSync(state, { recursive: true })
  })
})

function sealed(store: KeyStore, state = temporary('fob-vault-')): Installation {
  const files = new FaultyFiles()
  const keychain = new LockableStore(store)
  return {
    keySource: 'keychain',
    start: () => new SealedVault({ state, keychain, files }),
    lock: (locked) => (keychain.locked = locked),
    fill: (full) => (files.readOnly = full),
    end: async () => rmSync(state, { recursive: true }),
  }
}

function temporary(prefix: string): string {
  return mkdtempSync(join(tmpdir(), prefix))
}

/** Absent after an install without scripts, or without a compiler. */
function hasKeytar(): boolean {
  try {
    createRequire(import.meta.url)('keytar')
    return true
  } catch {
    return false
  }
}
