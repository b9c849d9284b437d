/**
 * The vault's process dies, or the disk fails, at every single step of every act: each connection is then as
 * it was before the act or as it was to be after it, and the vault goes on.
 */
import assert from 'node:assert/strict'
import { cpSync, readdirSync } from 'node:fs'
import { SealedVault } from '../../../daemon/adapters/vault/vault.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { FaultyFiles } from '../../fakes/faultyFiles.js'
import { MemoryKeychain } from '../../fakes/keyStores.js'
import { nameOf, signedIn, signedOut } from '../../fakes/storedConnection.js'
import { VaultState } from '../../fakes/vaultState.js'

interface Act {
  readonly title: string
  /** Where the key is before. */
  readonly from?: 'keyFile'
  readonly run: (vault: SealedVault) => Promise<unknown>
  /** Generation of `one` after the act; undefined: it is gone. Before, it is 2. */
  readonly after: number | undefined
}

const acts: Act[] = [
  { title: 'a start', run: (vault) => vault.load(), after: 2 },
  { title: 'a rotation', run: (vault) => vault.commit(signedIn('one', 3)), after: 3 },
  { title: 'a sign-out', run: (vault) => vault.commit(signedOut('one', 3)), after: 3 },
  { title: 'forgetting', run: (vault) => vault.forget(nameOf('one')), after: undefined },
  { title: 'moving the key to a file', run: (vault) => vault.move('keyFile'), after: 2 },
  {
    title: 'moving the key to the keychain',
    from: 'keyFile',
    run: (vault) => vault.move('keychain'),
    after: 2,
  },
]

suite('the vault at every step', () => {
  let prepared: VaultState
  let keys: ReadonlyMap<string, Uint8Array>

  /** Two connections with two generations each. */
  const prepare = async (from: Act['from']) => {
    prepared = new VaultState()
    const keychain = new MemoryKeychain()
    keychain.locked = from === 'keyFile'
    const vault = new SealedVault({ state: prepared.path, keychain })
    for (const generation of [1, 2]) {
      await vault.commit(signedIn('one', generation))
      await vault.commit(signedIn('two', generation))
    }
    keys = keychain.keys
  }
  const copy = () => {
    const state = new VaultState()
    cpSync(prepared.path, state.path, { recursive: true })
    return { state, keychain: new MemoryKeychain(keys), files: new FaultyFiles() }
  }
  teardown(() => prepared.remove())

  /** What the next daemon finds is one of the two, whole, and nothing is lost or left over. */
  const judge = async (state: VaultState, keychain: MemoryKeychain, act: Act, where: string) => {
    const vault = new SealedVault({ state: state.path, keychain })
    const { connections, quarantined } = await vault.load()
    // Moving to where it is waits for a key change that the start found cut short.
    await vault.move(vault.status().keySource)
    assert.deepEqual(quarantined, [], where)
    assert.ok(
      connections.every(({ restored }) => !restored),
      where,
    )
    const [one, two] = ['one', 'two'].map((name) =>
      connections.find(({ record }) => record.definition.name === name),
    )
    assert.equal(two?.record.generation, 2, where)
    assert.ok([2, act.after].includes(one?.record.generation), where)
    const left = readdirSync(state.path, { recursive: true }).map(String)
    assert.deepEqual(
      left.filter((path) => path.endsWith('.tmp')),
      [],
      where,
    )
    return { one: one?.record.generation, vault }
  }

  for (const act of acts) {
    test(`${act.title}, killed at each step, leaves every connection whole`, async () => {
      await prepare(act.from)
      const outcomes = new Set<number | undefined>()
      for (let at = 1; ; at += 1) {
        const { state, keychain, files } = copy()
        files.killAt(at)
        await act.run(new SealedVault({ state: state.path, keychain, files })).catch(() => undefined)
        const { one, vault } = await judge(state, keychain, act, `killed at step ${at}`)
        outcomes.add(one)
        await vault.commit(signedIn('one', 9))
        state.remove()
        if (!files.struck) break
      }
      assert.ok(outcomes.has(2) && outcomes.has(act.after))
    })

    test(`${act.title}, with the disk failing at each step, is refused or done, and works when asked again`, async () => {
      await prepare(act.from)
      for (let at = 1; ; at += 1) {
        const { state, keychain, files } = copy()
        files.failAt(at, 'ENOSPC')
        const vault = new SealedVault({ state: state.path, keychain, files })
        const where = `ENOSPC at step ${at}`
        const refusal: unknown = await act.run(vault).then(
          () => undefined,
          (cause: unknown) => cause,
        )
        if (refusal === undefined && !files.struck) {
          state.remove()
          break
        }
        if (refusal !== undefined) {
          assert.ok(refusal instanceof Refusal, where)
          assert.match(refusal.message, /ENOSPC/, where)
          assert.notEqual(refusal.fix, '', where)
          // A key that could not be read at the start is asked for again, as a person would.
          await vault.unlock()
        }
        await act.run(vault)
        const { one } = await judge(state, keychain, act, where)
        assert.equal(one, act.after, where)
        state.remove()
      }
    })
  }

  test('a very first start, killed at each step, leaves a vault that opens and keeps one key', async () => {
    await prepare(undefined)
    for (const locked of [true, false]) {
      for (let at = 1; ; at += 1) {
        const state = new VaultState()
        const keychain = new MemoryKeychain()
        keychain.locked = locked
        const files = new FaultyFiles()
        files.killAt(at)
        const first = new SealedVault({ state: state.path, keychain, files })
        await first.commit(signedIn('one', 1)).catch(() => undefined)
        const second = new SealedVault({ state: state.path, keychain })
        const { connections } = await second.load()
        assert.ok(connections.length <= 1)
        await second.commit(signedIn('one', 2))
        const third = await new SealedVault({ state: state.path, keychain }).load()
        assert.deepEqual(
          third.connections.map(({ record }) => record.generation),
          [2],
        )
        state.remove()
        if (!files.struck) break
      }
    }
  })

  test('a key change cut short is finished by the next start, and the old key is gone then', async () => {
    await prepare('keyFile')
    for (let at = 1; ; at += 1) {
      const { state, keychain, files } = copy()
      files.killAt(at)
      const dying = new SealedVault({ state: state.path, keychain, files })
      await dying.move('keychain').catch(() => undefined)
      const next = new SealedVault({ state: state.path, keychain })
      await next.load()
      assert.doesNotMatch(state.everything(), /"pending"/, `killed at step ${at}`)
      await next.move(next.status().keySource)
      const { keySource } = next.status()
      assert.equal(state.files().includes('key'), keySource === 'keyFile', `killed at step ${at}`)
      assert.doesNotMatch(state.everything(), /"(pending|retired)"/, `killed at step ${at}`)
      state.remove()
      if (!files.struck) break
    }
  })
})
