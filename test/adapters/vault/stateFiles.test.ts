import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SealedVault } from '../../../daemon/adapters/vault/vault.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { FaultyFiles } from '../../fakes/faultyFiles.js'
import { MemoryKeychain } from '../../fakes/keyStores.js'
import { signedIn } from '../../fakes/storedConnection.js'
import { VaultState } from '../../fakes/vaultState.js'

suite('what a person is told when the disk refuses', () => {
  let state: VaultState
  let keychain: MemoryKeychain
  setup(() => {
    state = new VaultState()
    keychain = new MemoryKeychain()
  })
  teardown(() => state.remove())

  /** The refusal of a commit whose next call of this kind fails so. */
  const refusalOf = async (call: string, fault: Error): Promise<Refusal> => {
    const files = new FaultyFiles()
    const vault = new SealedVault({ state: state.path, keychain, files })
    await vault.commit(signedIn('one', 1))
    files.failNext(call, fault)
    const refusal: unknown = await vault.commit(signedIn('one', 2)).catch((cause: unknown) => cause)
    assert.ok(refusal instanceof Refusal)
    assert.equal(refusal.code, 'store_unwritable')
    assert.match(refusal.message, /cannot (read|write) .*one\.json/)
    await vault.commit(signedIn('one', 2))
    return refusal
  }
  const coded = (code: string) => Object.assign(new Error(`${code}: said the system`), { code })

  for (const [what, fault, says, fix] of [
    ['a full disk', coded('ENOSPC'), /ENOSPC/, /^df -h '.*connections'$/],
    ['no descriptors left', coded('EMFILE'), /EMFILE/, /^ulimit -n 4096/],
    ['none left on the machine', coded('ENFILE'), /ENFILE/, /^ulimit -n 4096/],
    ['a disk that fails', coded('EIO'), /EIO/, /^ls -ld '.*connections'$/],
    [
      'a full quota, which Node has no name for',
      Object.assign(new Error('Unknown system error -122'), {
        errno: -122,
        code: 'Unknown system error -122',
      }),
      /EDQUOT: disk quota exceeded/,
      /^quota -s/,
    ],
    ['something unheard of', new Error('the moon'), /: the moon$/, /^ls -ld/],
    ['a code that is no name', Object.assign(new Error('seven'), { code: 7 }), /: seven$/, /^ls -ld/],
  ] as const) {
    for (const call of ['write', 'rename', 'link', 'sync', 'readFile']) {
      test(`${what}, at ${call}`, async () => {
        const refusal = await refusalOf(call, fault)
        assert.match(refusal.message, says)
        assert.match(refusal.fix, fix)
      })
    }
  }

  /** A vault that was closed whole, opened again on a disk that fails at the next such call. */
  const reopened = async (call: string, spoil: (record: string) => void): Promise<string> => {
    await new SealedVault({ state: state.path, keychain }).commit(signedIn('one', 1))
    const record = join(state.path, 'connections', 'one.json')
    spoil(record)
    const before = readFileSync(record)
    const files = new FaultyFiles()
    const vault = new SealedVault({ state: state.path, keychain, files })
    await vault.unlock()
    files.failNext(call, coded('EIO'))
    const refusal: unknown = await vault.load().catch((cause: unknown) => cause)
    assert.ok(refusal instanceof Refusal)
    assert.equal(vault.status().state, 'locked')
    assert.deepEqual(readFileSync(record), before, 'what could not be read was touched')
    return refusal.message
  }

  test('a damaged record that cannot be set aside stays, and nothing is served beside it', async () => {
    const message = await reopened('rename', (record) => writeFileSync(record, '{}'))
    assert.match(message, /cannot write .*one\.json: EIO/)
  })

  test('a copy that cannot be told from its record is not guessed about', async () => {
    const message = await reopened('lstat', (record) => copyFileSync(record, `${record}.prev`))
    assert.match(message, /cannot read .*one\.json: EIO/)
  })

  for (const text of ['null', '7', '[]', '{"format":"2"}', '{"format":null}']) {
    test(`a record that says ${text} is set aside under a name`, async () => {
      await new SealedVault({ state: state.path, keychain }).commit(signedIn('one', 1))
      writeFileSync(join(state.path, 'connections', 'one.json'), text)
      const { quarantined } = await new SealedVault({ state: state.path, keychain }).load()
      assert.equal(quarantined.length, 1)
      assert.match(quarantined[0] ?? '', /one\.json\.corrupt\./)
    })
  }

  test('a place where no directory can be made locks the vault with the reason', async () => {
    writeFileSync(join(state.path, 'connections'), 'in the way')
    const vault = new SealedVault({ state: state.path, keychain })
    const { state: standing, reason, fix } = await vault.unlock()
    assert.equal(standing, 'locked')
    assert.match(reason, /cannot write .*connections: EEXIST/)
    assert.notEqual(fix, '')
  })

  test('a link in the place of vault.json is not followed', async () => {
    symlinkSync('/etc/hostname', join(state.path, 'vault.json'))
    const { state: standing, reason } = await new SealedVault({ state: state.path, keychain }).unlock()
    assert.equal(standing, 'locked')
    assert.match(reason, /vault\.json is unreadable/)
  })
})
