import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Keychain } from '../../../daemon/adapters/vault/keychain.js'

const name = { vaultId: 'vault', keyId: 'key' }
const key = Buffer.alloc(32, 9)

suite('the keychain’s child process', () => {
  let folder: string
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'fob-keychain-'))
  })
  teardown(() => rmSync(folder, { recursive: true }))

  /** A keychain whose child is this program. */
  const running = (source: string, deadlineMs = 10_000) => {
    const program = join(folder, 'child.mjs')
    writeFileSync(program, source)
    const environment = { HOME: folder, NODE_OPTIONS: '--no-warnings', SECRET: 'x', LANG: 'C' }
    return new Keychain({ program, environment, deadlineMs })
  }

  test('a child that never answers is killed at the deadline', async () => {
    const pidFile = join(folder, 'pid')
    const hanging = `import { writeFileSync } from 'node:fs'
      writeFileSync(${JSON.stringify(pidFile)}, String(process.pid))
      setInterval(() => {}, 1000)`
    await assert.rejects(running(hanging, 2000).read(name), /did not answer within 2 s/)
    const pid = Number(readFileSync(pidFile, 'utf8'))
    // Until the kernel has done it; the test's own deadline is the bound.
    while (isThere(pid)) await pause(5)
  })

  test('a child that crashes is an error that names the signal', async () => {
    const crashing = `process.kill(process.pid, 'SIGSEGV')`
    await assert.rejects(running(crashing).write(name, key), /ended with SIGSEGV/)
  })

  test('a child that fails, or is missing, is an error', async () => {
    await assert.rejects(running('process.exit(3)').read(name), /exit code 3/)
    const missing = new Keychain({ program: join(folder, 'none.mjs'), environment: {}, deadlineMs: 10_000 })
    await assert.rejects(missing.read(name), /exit code 1/)
  })

  test('an answer that cannot be read is an error that does not repeat it', async () => {
    await assert.rejects(running(`console.log('canary')`).read(name), (error: Error) => {
      assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /canary/)
      return /cannot be read/.test(error.message)
    })
  })

  test('the child sees the allow-listed environment alone, and no secret among its arguments', async () => {
    const seen = join(folder, 'seen')
    const telling = `import { writeFileSync } from 'node:fs'
      const { env, argv } = process
      // Node itself hands this one on, while coverage is measured.
      delete env.NODE_V8_COVERAGE
      writeFileSync(${JSON.stringify(seen)}, JSON.stringify([Object.keys(env).sort(), argv]))
      console.log(JSON.stringify({ kind: 'done', secret: null }))`
    await running(telling).write(name, key)
    const text = readFileSync(seen, 'utf8')
    assert.match(text, /^\[\["HOME","LANG","PATH"\],/)
    assert.doesNotMatch(text, new RegExp(key.toString('base64url')))
  })

  test('what one call wrote the child is asked for by vault and key', async () => {
    const store = join(folder, 'store')
    const keeping = `import { readFileSync, writeFileSync } from 'node:fs'
      const request = JSON.parse(readFileSync(0, 'utf8'))
      const path = ${JSON.stringify(store)} + request.account
      if (request.action === 'write') writeFileSync(path, request.secret)
      const secret = request.action === 'read' ? readFileSync(path, 'utf8') : null
      console.log(JSON.stringify({ kind: 'done', secret }))`
    const keychain = running(keeping)
    await keychain.write(name, key)
    assert.deepEqual(await keychain.read(name), key)
    assert.equal(readFileSync(`${store}vault.key`, 'utf8'), key.toString('base64url'))
  })
})

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
