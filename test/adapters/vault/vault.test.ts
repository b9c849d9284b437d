import assert from 'node:assert/strict'
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { SealedVault } from '../../../daemon/adapters/vault/vault.js'
import type { Vault } from '../../../daemon/core/ports.js'
import { Secret } from '../../../daemon/core/secret.js'
import { FaultyFiles } from '../../fakes/faultyFiles.js'
import { MemoryKeychain } from '../../fakes/keyStores.js'
import { canary, clear, nameOf, refreshTokenOf, signedIn, signedOut } from '../../fakes/storedConnection.js'
import { VaultState } from '../../fakes/vaultState.js'

suite('the vault on disk', () => {
  let state: VaultState
  let keychain: MemoryKeychain
  setup(() => {
    state = new VaultState()
    keychain = new MemoryKeychain()
  })
  teardown(() => state.remove())

  const start = () => new SealedVault({ state: state.path, keychain })
  const commitAll = async (vault: Vault, name: string, generations: number[]) => {
    for (const generation of generations) await vault.commit(signedIn(name, generation))
  }
  const rewrite = (path: string, change: (text: string) => string) =>
    writeFileSync(path, change(readFileSync(path, 'utf8')))
  const document = (path: string) => state.connectionDocument(path)
  const replaceSealed = (path: string, sealed: string) =>
    writeFileSync(path, JSON.stringify({ ...document(path), sealed }))
  /** What the next daemon has: generation, and whether it was restored; and how many files were set aside. */
  const found = async () => {
    const { connections, quarantined } = await start().load()
    return {
      connections: connections.map(({ record, restored }) => [
        record.definition.name,
        record.generation,
        restored,
      ]),
      quarantined: quarantined.map((path) => path.slice(state.path.length + 1).replace(/[0-9a-f]{8}$/, '*')),
    }
  }

  suite('what is written', () => {
    test('no secret is in clear in any file, and the facts are readable', async () => {
      const vault = start()
      await vault.commit(signedIn('one', 1, canary('client-secret')))
      await vault.commit(signedIn('one', 2, canary('client-secret')))
      await vault.move('keyFile')
      await vault.commit(signedIn('one', 3, canary('client-secret')))
      await vault.commit(signedIn('one', 4, canary('client-secret')))
      assert.doesNotMatch(state.everything(), /canary/)
      for (const path of state.files()) {
        for (const part of readFileSync(join(state.path, path), 'utf8').split(/[".\s]/)) {
          assert.doesNotMatch(Buffer.from(part, 'base64url').toString('latin1'), /canary/, path)
        }
      }
      assert.match(readFileSync(state.fileOf('one'), 'utf8'), /"label": "Zoë ✓"/)
    })

    test('every file is 0600 and every directory 0700', async () => {
      const vault = start()
      await commitAll(vault, 'one', [1, 2])
      await vault.move('keyFile')
      await commitAll(vault, 'one', [3, 4])
      writeFileSync(state.fileOf('torn'), 'torn')
      await start().load()
      const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
      assert.ok(state.files().includes('key') && state.files().includes('connections/one.json.prev'))
      for (const path of state.files().filter((path) => !path.startsWith('quarantine'))) {
        assert.equal(modeOf(join(state.path, path)), '600', path)
      }
      for (const path of ['', 'connections', 'quarantine'])
        assert.equal(modeOf(join(state.path, path)), '700')
    })

    test('a commit costs the same beside a hundred connections as beside none', async () => {
      const files = new FaultyFiles()
      const vault = new SealedVault({ state: state.path, keychain, files })
      await commitAll(vault, 'one', [1, 2])
      const cost = async (generation: number) => {
        const before = files.steps.length
        await vault.commit(signedIn('one', generation))
        return files.steps.slice(before)
      }
      const alone = await cost(3)
      for (let other = 0; other < 100; other += 1) await vault.commit(signedIn(`other${other}`, 1))
      assert.deepEqual(await cost(4), alone)
      assert.equal(alone.filter((step) => step === 'write').length, 1)
    })

    test('the new document reaches the disk before it takes the name, and the name before the answer', async () => {
      const files = new FaultyFiles()
      const vault = new SealedVault({ state: state.path, keychain, files })
      await commitAll(vault, 'one', [1, 2])
      const before = files.steps.length
      await vault.commit(signedIn('one', 3))
      const steps = files.steps
        .slice(before)
        .filter((step) => ['write', 'sync', 'link', 'rename'].includes(step))
      assert.deepEqual(steps, ['write', 'sync', 'link', 'rename', 'rename', 'sync'])
    })

    test('a disk that takes a document piece by piece gets all of it', async () => {
      const files = new FaultyFiles()
      files.mostBytes = 100
      const vault = new SealedVault({ state: state.path, keychain, files })
      await commitAll(vault, 'one', [1, 2])
      assert.ok(files.steps.filter((step) => step === 'write').length > 10)
      assert.deepEqual(await found(), { connections: [['one', 2, false]], quarantined: [] })
    })

    test('a commit held up by the disk is not overtaken by a later one of its connection, only by others', async () => {
      const files = new FaultyFiles()
      const vault = new SealedVault({ state: state.path, keychain, files })
      await vault.load()
      const held = files.holdWrite()
      const first = vault.commit(signedIn('one', 1))
      const { letGo } = await held
      const second = vault.commit(signedIn('one', 2))
      await commitAll(vault, 'two', [1, 2, 3])
      letGo()
      await Promise.all([first, second])
      assert.deepEqual((await found()).connections, [
        ['one', 2, false],
        ['two', 3, false],
      ])
    })

    test('a temporary file left behind is harmless and swept', async () => {
      await start().commit(signedIn('one', 1))
      const left = [
        join(state.path, 'connections', '.one.json.0011.tmp'),
        join(state.path, '.vault.json.0011.tmp'),
      ]
      for (const path of left) writeFileSync(path, 'torn')
      assert.deepEqual(await found(), { connections: [['one', 1, false]], quarantined: [] })
      assert.deepEqual(state.files(), ['connections/one.json', 'vault.json'])
    })
  })

  suite('secrets that were given up', () => {
    test('a sign-out leaves no copy of the refresh token', async () => {
      const vault = start()
      await commitAll(vault, 'one', [1, 2])
      await vault.commit(signedOut('one', 3))
      assert.deepEqual(state.files(), ['connections/one.json', 'vault.json'])
      await vault.commit(signedOut('one', 4))
      assert.deepEqual(await found(), { connections: [['one', 4, false]], quarantined: [] })
    })

    test('a replaced client secret leaves no copy of the old one, and an unchanged one does', async () => {
      const vault = start()
      await vault.commit(signedIn('one', 1, 'old'))
      await vault.commit(signedIn('one', 2, 'old'))
      assert.ok(state.files().includes('connections/one.json.prev'))
      await vault.commit(signedIn('one', 3, 'new'))
      assert.ok(!state.files().includes('connections/one.json.prev'))
    })

    test('a secret that nothing refreshes leaves no copy once it is replaced, refused or signed out', async () => {
      const lasting = (text: string | undefined, generation: number) => ({
        record: signedIn('one', generation).record,
        secrets: text === undefined ? {} : { accessToken: new Secret(text) },
      })
      const vault = start()
      const copied = () => state.files().includes('connections/one.json.prev')
      await vault.commit(lasting('first', 1))
      await vault.commit(lasting('first', 2))
      assert.ok(copied())
      await vault.commit(lasting('second', 3))
      assert.ok(!copied())
      await vault.commit(lasting('second', 4))
      await vault.commit(lasting(undefined, 5))
      assert.ok(!copied())
    })

    test('a sign-out of a restored connection leaves no copy either', async () => {
      await commitAll(start(), 'one', [1, 2])
      writeFileSync(state.fileOf('one'), '')
      const vault = start()
      await vault.load()
      await vault.commit(signedOut('one', 2))
      assert.ok(!state.files().includes('connections/one.json.prev'))
    })

    test('forgetting removes record and copy', async () => {
      const vault = start()
      await commitAll(vault, 'one', [1, 2])
      await vault.forget(nameOf('one'))
      assert.deepEqual(state.files(), ['vault.json'])
    })
  })

  suite('what cannot be read', () => {
    for (const [what, content] of [
      ['empty', ''],
      ['cut short', '{"format": 1, "comm'],
      ['of another shape', '{"format": 1}'],
      ['no object', 'null'],
    ] as const) {
      test(`a file that is ${what} is set aside whole, and its copy is used and said to be restored`, async () => {
        await commitAll(start(), 'one', [1, 2])
        writeFileSync(state.fileOf('one'), content)
        assert.deepEqual(await found(), {
          connections: [['one', 1, true]],
          quarantined: ['quarantine/one.json.corrupt.*'],
        })
        const [aside = ''] = readdirSync(join(state.path, 'quarantine'))
        assert.equal(readFileSync(join(state.path, 'quarantine', aside), 'utf8'), content)
      })
    }

    test('a connection with no readable file at all is set aside, named, and hurts no other', async () => {
      await commitAll(start(), 'one', [1, 2])
      await commitAll(start(), 'two', [1])
      for (const path of [state.fileOf('one'), state.previousOf('one')]) writeFileSync(path, 'torn')
      const expected = {
        connections: [['two', 1, false]],
        quarantined: ['quarantine/one.json.corrupt.*', 'quarantine/one.json.prev.corrupt.*'],
      }
      assert.deepEqual(await found(), expected)
      // It stays in sight for later daemons, too.
      assert.deepEqual(await found(), expected)
    })

    test('a restored connection is an ordinary one after its next commit', async () => {
      await commitAll(start(), 'one', [1, 2])
      writeFileSync(state.fileOf('one'), 'torn')
      assert.deepEqual((await found()).connections, [['one', 1, true]])
      assert.deepEqual((await found()).connections, [['one', 1, true]])
      await start().commit(signedIn('one', 2))
      assert.deepEqual((await found()).connections, [['one', 2, false]])
    })

    test('a commit over a file that broke meanwhile sets it aside first', async () => {
      const vault = start()
      await commitAll(vault, 'one', [1, 2])
      writeFileSync(state.fileOf('one'), 'torn')
      await vault.commit(signedIn('one', 3))
      assert.deepEqual(await found(), {
        connections: [['one', 3, false]],
        quarantined: ['quarantine/one.json.corrupt.*'],
      })
    })

    test('a link in place of a file is not followed', async () => {
      await commitAll(start(), 'one', [1])
      renameSync(state.fileOf('one'), join(state.path, 'elsewhere'))
      symlinkSync(join(state.path, 'elsewhere'), state.fileOf('one'))
      assert.deepEqual(await found(), { connections: [], quarantined: ['quarantine/one.json.unreadable.*'] })
    })

    for (const errno of ['EIO', 'EACCES', 'EMFILE']) {
      test(`a file that the system does not give (${errno}) stays where it is, and is there when it does`, async () => {
        await commitAll(start(), 'one', [1, 2])
        const before = state.everything()
        const files = new FaultyFiles()
        const vault = new SealedVault({ state: state.path, keychain, files })
        await vault.unlock()
        files.failNext('readFile', errno)
        const refused = { code: 'store_unwritable', message: new RegExp(`one.json: ${errno}`), fix: /./ }
        await assert.rejects(vault.load(), refused)
        assert.equal(vault.status().state, 'locked')
        assert.match(vault.status().reason, new RegExp(errno))
        await assert.rejects(vault.commit(signedIn('one', 3)), { code: 'vault_locked' })
        assert.equal(state.everything(), before)
        const { connections, quarantined } = await vault.load()
        assert.deepEqual([connections[0]?.record.generation, connections[0]?.restored], [2, false])
        assert.deepEqual(quarantined, [])
      })

      test(`nor does a commit do anything to it (${errno})`, async () => {
        const files = new FaultyFiles()
        const vault = new SealedVault({ state: state.path, keychain, files })
        await commitAll(vault, 'one', [1, 2])
        const before = state.everything()
        files.failNext('readFile', errno)
        await assert.rejects(vault.commit(signedIn('one', 3)), { code: 'store_unwritable' })
        assert.equal(state.everything(), before)
        await vault.commit(signedIn('one', 3))
        assert.deepEqual(await found(), { connections: [['one', 3, false]], quarantined: [] })
      })
    }

    test('a newer format is refused with the upgrade as fix, and nothing is touched', async () => {
      await commitAll(start(), 'one', [1, 2])
      await commitAll(start(), 'two', [1])
      rewrite(state.fileOf('two'), (text) => text.replace('"format": 1', '"format": 2'))
      writeFileSync(state.fileOf('broken'), 'torn')
      const before = state.everything()
      const vault = start()
      const refused = { code: 'vault_locked', message: /newer fob/, fix: 'npm install --global fob@latest' }
      await assert.rejects(vault.load(), refused)
      assert.equal(vault.status().state, 'locked')
      await assert.rejects(vault.commit(signedIn('one', 3)), refused)
      assert.equal(state.everything(), before)
    })
  })

  suite('what was tampered with', () => {
    setup(async () => {
      await commitAll(start(), 'one', [1, 2])
      await commitAll(start(), 'two', [1, 2])
    })
    const altered = {
      connections: [
        ['one', 1, true],
        ['two', 2, false],
      ],
      quarantined: ['quarantine/one.json.altered.*'],
    }

    test('two records in each other’s place are noticed', async () => {
      const aside = join(state.path, 'aside')
      renameSync(state.fileOf('one'), aside)
      renameSync(state.fileOf('two'), state.fileOf('one'))
      renameSync(aside, state.fileOf('two'))
      assert.deepEqual(await found(), {
        connections: [
          ['one', 1, true],
          ['two', 1, true],
        ],
        quarantined: ['quarantine/one.json.altered.*', 'quarantine/two.json.altered.*'],
      })
    })

    test('secrets of another connection are noticed', async () => {
      const { sealed } = document(state.fileOf('two'))
      replaceSealed(state.fileOf('one'), sealed)
      assert.deepEqual(await found(), altered)
    })

    test('secrets of an earlier generation are noticed', async () => {
      const { sealed } = document(state.previousOf('one'))
      replaceSealed(state.fileOf('one'), sealed)
      assert.deepEqual(await found(), altered)
    })

    test('a changed fact is noticed, such as where the refresh token is sent', async () => {
      rewrite(state.fileOf('one'), (text) => text.replace('issuer.example/token', 'attacker.example/token'))
      assert.deepEqual(await found(), altered)
    })

    test('each changed character of the sealed part is noticed', async () => {
      const whole = document(state.fileOf('one'))
      for (const at of [5, 100, whole.sealed.length - 60, whole.sealed.length - 10]) {
        const other = whole.sealed[at] === 'A' ? 'B' : 'A'
        const sealed = whole.sealed.slice(0, at) + other + whole.sealed.slice(at + 1)
        writeFileSync(state.fileOf('one'), JSON.stringify({ ...whole, sealed }))
        const { connections } = await found()
        assert.deepEqual(connections[0], ['one', 1, true], `at ${at}`)
      }
    })

    test('an older record put back as a whole is said to be restored', async () => {
      copyFileSync(state.previousOf('one'), state.fileOf('one'))
      assert.deepEqual((await found()).connections, [
        ['one', 1, true],
        ['two', 2, false],
      ])
    })

    test('one file from another installation is set aside', async () => {
      const other = new VaultState()
      await new SealedVault({ state: other.path, keychain }).commit(signedIn('guest', 1))
      copyFileSync(other.fileOf('guest'), state.fileOf('guest'))
      other.remove()
      const { connections, quarantined } = await found()
      assert.equal(connections.length, 2)
      assert.deepEqual(quarantined, ['quarantine/guest.json.sealed-with-another-key.*'])
    })

    test('a whole directory from another installation locks the vault, and nothing is touched', async () => {
      const other = new VaultState()
      await new SealedVault({ state: other.path, keychain }).load()
      copyFileSync(join(other.path, 'vault.json'), join(state.path, 'vault.json'))
      other.remove()
      const before = state.everything()
      await assert.rejects(start().load(), { code: 'vault_locked', message: /another key/ })
      assert.equal(state.everything(), before)
    })
  })

  test('a connection read back has its secrets, not only its facts', async () => {
    const stored = signedIn('one', 1, canary('client'))
    await start().commit(stored)
    const { connections } = await start().load()
    assert.deepEqual(connections.map(clear), [clear(stored)])
    assert.equal(connections.map(({ secrets }) => refreshTokenOf(secrets))[0], canary('refresh-one-1'))
  })
})
