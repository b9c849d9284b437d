/** State files gone wrong in every way: refused or set aside under a name, and never taken for none. */
import assert from 'node:assert/strict'
import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AuditLog } from '../../daemon/adapters/logs/auditLog.js'
import { encode, type Keys } from '../../daemon/adapters/vault/connectionFile.js'
import { ConnectionFiles } from '../../daemon/adapters/vault/connectionFiles.js'
import { Keyring } from '../../daemon/adapters/vault/keyring.js'
import { DataKey } from '../../daemon/adapters/vault/sealing.js'
import { SealedVault } from '../../daemon/adapters/vault/vault.js'
import type { LoadedVault } from '../../daemon/core/ports.js'
import { takeLock } from '../../daemon/edges/lockFile.js'
import { Refusal } from '../../shared/contract/errors.js'
import { MemoryKeychain } from '../fakes/keyStores.js'
import { MemoryFiles } from '../fakes/memoryFiles.js'
import { clear, signedIn } from '../fakes/storedConnection.js'
import { VaultState } from '../fakes/vaultState.js'
import { fuzz, FUZZ_TIMEOUT_MS } from './documentFuzz.js'
import { mutated } from './mutations.js'

/** Files on a real disk are some hundred times slower, and those with all of the vault about them still more. */
const DISK_TRIALS = process.env.FOB_TEST_FULL ? 50_000 : 1_000
const VAULT_TRIALS = process.env.FOB_TEST_FULL ? 5_000 : 300

/** What a refusal must have; anything else that is thrown is a crash. */
function refused(cause: unknown, codes: readonly string[]): string {
  assert.ok(cause instanceof Refusal, String(cause))
  assert.ok(codes.includes(cause.code), cause.message)
  assert.notEqual(cause.fix, '', cause.message)
  return 'refused'
}

/** Two generations of one connection; the newer one is what is damaged. */
const NAME = 'one'
const newer = signedIn(NAME, 2)
const older = signedIn(NAME, 1)

/** The damaged one is whole after all, or set aside under its name with the older one in its place. */
function judged({ connections, quarantined }: LoadedVault, aside: readonly string[]): string {
  assert.equal(connections.length, 1, 'the connection is gone')
  const [found] = connections
  assert.ok(found)
  if (found.restored) {
    assert.deepEqual(clear(found), clear(older))
    assert.equal(quarantined.length, 1)
    assert.equal(aside.length, 1)
    return /\.json\.([\w-]+)\.[0-9a-f]{8}$/.exec(quarantined[0] ?? '')?.[1] ?? assert.fail(quarantined[0])
  }
  assert.deepEqual(clear(found), clear(newer), 'something else than what was written was read')
  assert.equal(quarantined.length, 0)
  return 'whole'
}

suite('state files gone wrong', function () {
  this.timeout(FUZZ_TIMEOUT_MS)
  const key = DataKey.create()
  const keys: Keys = { vaultId: 'vault', opening: new Map([[key.id, key]]), sealing: key }

  test('K12 records of connections', async () => {
    const document = JSON.stringify(await encode(newer, 2, keys), null, 2)
    const previous = Buffer.from(JSON.stringify(await encode(older, 1, keys)))
    const outcomes = await fuzz('connection records', async (mutation) => {
      const files = new MemoryFiles()
      const bytes = mutated(document, mutation)
      files.contents.set(`/state/connections/${NAME}.json`, bytes)
      files.contents.set(`/state/connections/${NAME}.json.prev`, previous)
      try {
        const loaded = await new ConnectionFiles(files, '/state').load(keys)
        const aside = files.below('/state/quarantine')
        assert.ok(aside.every((path) => files.contents.get(path)?.equals(bytes)))
        return judged(loaded, aside)
      } catch (cause) {
        // Only a later version's: then nothing was touched.
        const outcome = refused(cause, ['vault_locked'])
        assert.deepEqual(files.below('/state/quarantine'), [])
        return outcome
      }
    })
    for (const expected of ['corrupt', 'altered', 'whole', 'refused']) assert.ok(outcomes.has(expected))
  })

  test('K12 vault.json: never another key', async () => {
    const keychain = new MemoryKeychain()
    const stores = { keychain, keyFile: new MemoryKeychain() }
    const files = new MemoryFiles()
    const keyring = () => new Keyring({ files, state: '/state', stores, deadlineMs: 1_000 })
    const { vaultId, sealing } = await keyring().open(() => Promise.resolve(false))
    const document = files.contents.get('/state/vault.json') ?? assert.fail()
    const outcomes = await fuzz('vault.json', async (mutation) => {
      const bytes = mutated(document.toString(), mutation)
      files.contents.set('/state/vault.json', bytes)
      try {
        const opened = await keyring().open(() => assert.fail('vault.json was taken for none'))
        assert.equal(opened.sealing.id, sealing.id)
        return opened.vaultId === vaultId ? 'whole' : assert.fail('another vault opened with this key')
      } catch (cause) {
        return refused(cause, ['vault_locked'])
      } finally {
        assert.ok(files.contents.get('/state/vault.json')?.equals(bytes), 'vault.json was written anew')
        assert.equal(keychain.keys.size + stores.keyFile.keys.size, 1, 'there is another key')
      }
    })
    assert.ok(outcomes.has('whole') && outcomes.has('refused'))
  })

  suite('on the disk', () => {
    let place: string
    setup(() => void (place = mkdtempSync(join(tmpdir(), 'fob-fuzz-'))))
    teardown(() => rmSync(place, { recursive: true }))

    test('K12 the lock’s record: a free lock is taken, or belongs to another machine', async () => {
      const path = join(place, 'lock')
      const machine = { host: 'here', bootId: 'now' }
      const owner = { pid: 4, socket: '/run/fob.sock', ...machine, version: '0.1.0', stopping: false }
      const outcomes = await fuzz(
        'lock records',
        async (mutation) => {
          writeFileSync(path, mutated(JSON.stringify(owner).padEnd(1_023), mutation))
          try {
            const locking = await takeLock(path, machine, () => true)
            assert.equal(locking.kind, 'mine')
            if (locking.kind === 'mine') closeSync(locking.fd)
            return 'taken'
          } catch (cause) {
            return refused(cause, ['misconfigured'])
          }
        },
        DISK_TRIALS,
      )
      assert.ok(outcomes.has('taken'))
    })

    test('K12 the record of who did what: lines that are whole are read, and the next one is its own', async () => {
      const path = join(place, 'audit', 'audit.log')
      const entry = (generation: number) => ({
        time: '2026-01-01T00:00:00.000Z',
        event: 'lease' as const,
        connection: NAME,
        caller: { uid: 1, pid: 2, executable: '/bin/sh' },
        outcome: 'ok',
        generation,
        fingerprint: '',
      })
      mkdirSync(join(place, 'audit'))
      const whole = `${JSON.stringify(entry(1))}\n`
      const outcomes = await fuzz(
        'audit lines',
        (mutation) => {
          writeFileSync(
            path,
            Buffer.concat([Buffer.from(whole), mutated(JSON.stringify(entry(2)), mutation)]),
          )
          const log = new AuditLog(path)
          log.record(entry(3))
          const generations = log.read(10, undefined).map(({ generation }) => generation)
          log.close()
          assert.equal(generations[0], 1)
          assert.equal(generations.at(-1), 3)
          return generations.length === 2 ? 'passed over' : 'read'
        },
        DISK_TRIALS,
      )
      assert.ok(outcomes.has('passed over') && outcomes.has('read'))
    })
  })

  test('K12 real files, through the whole vault', async () => {
    const state = new VaultState()
    try {
      const keychain = new MemoryKeychain()
      const vault = () => new SealedVault({ state: state.path, keychain })
      const first = vault()
      await first.commit(older)
      await first.commit(newer)
      const files = [state.fileOf(NAME), state.previousOf(NAME)] as const
      const [current, previous] = files.map((path) => readFileSync(path))
      assert.ok(current && previous)
      await fuzz(
        'real files',
        async (mutation) => {
          const bytes = mutated(current.toString(), mutation)
          writeFileSync(files[0], bytes)
          writeFileSync(files[1], previous)
          try {
            return judged(
              await vault().load(),
              state.files().filter((path) => path.startsWith('quarantine/')),
            )
          } catch (cause) {
            return refused(cause, ['vault_locked'])
          } finally {
            rmSync(join(state.path, 'quarantine'), { recursive: true, force: true })
          }
        },
        VAULT_TRIALS,
      )
    } finally {
      state.remove()
    }
  })
})
