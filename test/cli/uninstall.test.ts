import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../../shared/contract/errors.js'
import { connection, FakeDaemon, statusWith } from './fakeDaemon.js'
import { typed } from './typed.js'

suite('cli/uninstall', () => {
  let daemon: FakeDaemon
  const inHome = (...parts: readonly string[]): string => join(daemon.home, ...parts)

  setup(async () => {
    daemon = await new FakeDaemon().start()
    for (const directory of ['state', 'config']) mkdirSync(inHome(directory))
    writeFileSync(inHome('state', 'lock'), '')
    writeFileSync(inHome('config', 'fob.json'), '{}')
    writeFileSync(inHome('config', 'notes'), 'mine')
    daemon.status = statusWith(connection('work'), connection('home'))
    // A pid that is gone already: the fake itself must not end.
    const gone = { product: 'fob', version: '0.1.0', protocol: 1, capabilities: [], pid: 4_194_303 }
    daemon.on('GET /v1/hello', () => gone)
    for (const name of ['work', 'home']) {
      daemon.on(`DELETE /v1/connections/${name}?forget=true`, () => ({
        connection: name,
        revoked: true,
        left: '',
      }))
    }
    daemon.on('POST /v1/vault', () => daemon.status.vault)
    daemon.on('POST /v1/shutdown', () => ({ stopping: true, pid: gone.pid }))
  })

  teardown(() => daemon.remove())

  const uninstall = (...words: readonly string[]) => typed(['uninstall', ...words], { env: daemon.env })

  test('without somebody to ask it removes nothing and asks nothing of the daemon', async () => {
    const { code, err } = await uninstall()
    assert.equal(code, 2)
    assert.match(err, /fob uninstall --yes/)
    assert.deepEqual(daemon.asked, [])
    assert.ok(existsSync(inHome('state', 'lock')))
  })

  test('it lists, revokes, empties the keychain, stops, and only then removes', async () => {
    let stateAtShutdown = false
    daemon.on('POST /v1/shutdown', () => {
      stateAtShutdown = existsSync(inHome('state', 'lock'))
      return { stopping: true, pid: 4_194_303 }
    })
    const { code, out } = await uninstall('--yes')
    assert.equal(code, 0)
    assert.match(out, /connection work \(revoked at https:\/\/id\.example\.com\)/)
    assert.match(out, /in the keychain/)
    assert.deepEqual(daemon.lines.slice(1), [
      'DELETE /v1/connections/work?forget=true',
      'DELETE /v1/connections/home?forget=true',
      'POST /v1/vault',
      'POST /v1/shutdown',
    ])
    assert.equal(stateAtShutdown, true)
    for (const gone of [['state'], ['run'], ['config', 'fob.json']]) assert.ok(!existsSync(inHome(...gone)))
  })

  test('what is not fob’s stays', async () => {
    await uninstall('--yes')
    assert.ok(existsSync(inHome('config', 'notes')))
  })

  test('a state that no daemon has locked is not taken for ours', async () => {
    await daemon.remove()
    mkdirSync(inHome('state'), { recursive: true })
    writeFileSync(inHome('state', 'photos'), '')
    assert.equal((await uninstall('--yes')).out, 'there is nothing to remove\n')
    assert.ok(existsSync(inHome('state', 'photos')))
  })

  test('what could not be revoked is said, and the rest goes on', async () => {
    daemon.on('DELETE /v1/connections/work?forget=true', () => {
      throw new Refusal('provider_unreachable', 'no network')
    })
    const { code, err } = await uninstall('--yes')
    assert.equal(code, 0)
    assert.match(err, /not revoked: work: no network/)
    assert.ok(!existsSync(inHome('state')))
  })
})
