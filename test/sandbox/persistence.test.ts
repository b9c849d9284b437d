/** What survives the process, and what its files give away. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFile, lstat, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { sandboxRoutes } from '../../shared/contract/sandbox.js'
import {
  askToken,
  beginCode,
  Browser,
  DEVICE_GRANT,
  pairOf,
  redeem,
  refresh,
  signIn,
  userinfo,
} from './oauthCalls.js'
import { launch, makePlace, SandboxProcess } from './sandboxProcess.js'

suite('the state of the sandbox', () => {
  let place: Awaited<ReturnType<typeof makePlace>>
  let sandbox: SandboxProcess

  setup(async () => {
    place = await makePlace()
    sandbox = await SandboxProcess.start(place.directory)
  })
  teardown(async () => {
    await sandbox.end()
    await place.remove()
  })

  const restart = async (words: string[] = []): Promise<void> => {
    sandbox = await SandboxProcess.start(place.directory, words)
  }

  async function everyFile(): Promise<string[]> {
    const entries = await readdir(place.directory, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  }

  test('a restart keeps the issuer, the grants, the access tokens, the settings and the clients', async () => {
    const { issuer } = sandbox
    const pair = pairOf(await signIn(issuer))
    await sandbox.set({ lifetime: 33, grace: 5 })
    const added = await sandbox.control('POST', '/clients', {
      clientId: 'kept',
      authentication: 'client_secret_post',
    })
    const { clientSecret = '' } = sandboxRoutes.addClient.answer.parse(added.body)
    assert.equal(await sandbox.end(), 0)
    await restart()
    assert.equal(sandbox.issuer, issuer)
    assert.equal((await userinfo(issuer, pair.accessToken)).status, 200)
    const tokens = await refresh(issuer, pair.refreshToken)
    assert.equal(tokens.expires_in, 33)
    assert.equal((await sandbox.status()).grace, 5)
    const form = {
      grant_type: 'client_credentials',
      client_id: 'kept',
      client_secret: clientSecret,
      scope: 'read',
    }
    assert.equal((await askToken(issuer, form)).status, 200)
  })

  test('the lifetime given at a start replaces the one that was kept', async () => {
    await sandbox.end()
    await restart(['--lifetime', '5', '--grace', '9'])
    const { lifetime, grace } = await sandbox.status()
    assert.deepEqual([lifetime, grace], [5, 9])
  })

  test('kill -9 keeps the last rotation that was answered, and knows the spent token', async () => {
    const { issuer } = sandbox
    let pair = pairOf(await signIn(issuer))
    for (let round = 0; round < 3; round += 1) {
      const spent = pair.refreshToken
      pair = pairOf(await refresh(issuer, spent))
      await sandbox.end('SIGKILL')
      await restart()
      assert.equal((await userinfo(issuer, pair.accessToken)).status, 200)
      pair = pairOf(await refresh(issuer, pair.refreshToken))
      if (round === 2) assert.equal((await refresh(issuer, spent)).error, 'invalid_grant')
    }
    assert.equal((await refresh(issuer, pair.refreshToken)).error, 'invalid_grant')
  })

  test('a line that a crash left unfinished is dropped, the rest counts', async () => {
    const pair = pairOf(await signIn(sandbox.issuer))
    await sandbox.end('SIGKILL')
    await appendFile(join(place.directory, 'state', 'grants.jsonl'), '[{"kind":"remo')
    await restart()
    assert.equal((await refresh(sandbox.issuer, pair.refreshToken)).status, 200)
    await sandbox.end()
    await restart()
  })

  test('a damaged file is refused with the command that mends it, never taken for empty', async () => {
    await signIn(sandbox.issuer)
    await sandbox.end()
    for (const name of ['grants.jsonl', 'settings.json']) {
      const path = join(place.directory, 'state', name)
      const whole = await readFile(path, 'utf8')
      await writeFile(path, `{"not":"this"}\n${whole}`)
      await assert.rejects(restart(), (error: Error) => error.message.includes(`mv '${path}'`))
      await writeFile(path, whole)
    }
    await restart()
  })

  test('a port that was taken meanwhile is named, with what to do', async () => {
    const port = Number(new URL(sandbox.issuer).port)
    await sandbox.end()
    const intruder = createServer().listen(port, '127.0.0.1')
    await once(intruder, 'listening')
    const { ready } = await launch([
      '--state',
      join(place.directory, 'state'),
      '--socket',
      join(place.directory, 'run', 'sandbox.sock'),
    ])
    intruder.close()
    assert.ok(!ready.ready)
    assert.match(ready.error.message, new RegExp(`port ${port} is in use`))
    assert.match(ready.error.fix, /^rm '[^']*settings\.json'$/)
  })

  test('a second sandbox over the same state does not come up, and the first goes on', async () => {
    await assert.rejects(SandboxProcess.start(place.directory), /in use/)
    assert.equal((await sandbox.status()).pid, sandbox.pid)
  })

  test('a sandbox of another state does not take over a live control socket', async () => {
    const other = await makePlace()
    const { ready } = await launch(['--state', join(other.directory, 'state'), '--socket', sandbox.socket])
    assert.ok(!ready.ready)
    assert.match(ready.error.message, /another sandbox/)
    assert.equal((await sandbox.status()).pid, sandbox.pid)
    await other.remove()
  })

  test('only the owner can read anything, and the control socket is 0600', async () => {
    await signIn(sandbox.issuer)
    for (const path of await everyFile()) assert.equal((await lstat(path)).mode & 0o777, 0o600, path)
    for (const name of ['state', 'run']) {
      assert.equal((await lstat(join(place.directory, name))).mode & 0o777, 0o700, name)
    }
    assert.equal((await lstat(sandbox.socket)).mode & 0o777, 0o600)
  })

  test('no token, code or secret that was ever issued is in any file', async () => {
    const { issuer } = sandbox
    const secrets: string[] = []
    const { url, verifier } = beginCode(issuer)
    const code = (await new Browser().leave(issuer, url)).searchParams.get('code') ?? ''
    const first = await redeem(issuer, code, verifier)
    const second = await refresh(issuer, pairOf(first).refreshToken)
    const device = await fetch(`${issuer}/device/auth`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'fob-sandbox', scope: 'openid offline_access' }),
    })
    const { device_code: deviceCode, user_code: userCode } = (await device.json()) as Record<string, string>
    assert.ok(deviceCode !== undefined && userCode !== undefined)
    await sandbox.control('POST', '/approve', { userCode })
    const form = { grant_type: DEVICE_GRANT, client_id: 'fob-sandbox', device_code: deviceCode }
    const third = await askToken(issuer, form)
    const added = await sandbox.control('POST', '/clients', {
      clientId: 'service',
      authentication: 'client_secret_post',
    })
    const { clientSecret = '' } = sandboxRoutes.addClient.answer.parse(added.body)
    const own = { grant_type: 'client_credentials', client_id: 'service', client_secret: clientSecret }
    const fourth = await askToken(issuer, { ...own, scope: 'read' })
    for (const { access_token: access, refresh_token: renewed, id_token: id } of [
      first,
      second,
      third,
      fourth,
    ]) {
      secrets.push(...[access, renewed, id].filter((one) => one !== undefined))
    }
    secrets.push(code, verifier, deviceCode, clientSecret)
    assert.equal(secrets.length, 14)
    assert.ok(secrets.every((secret) => secret.length >= 20))
    const look = async (): Promise<void> => {
      const files = await everyFile()
      assert.ok(files.some((path) => path.endsWith('grants.jsonl')))
      for (const path of files) {
        const text = await readFile(path, 'utf8')
        assert.deepEqual(
          secrets.filter((secret) => text.includes(secret)).map((secret) => secret.slice(0, 4)),
          [],
          path,
        )
        assert.doesNotMatch(text, /"d":|PRIVATE KEY/)
      }
    }
    await look()
    await sandbox.end()
    await restart()
    await look()
  })
})
