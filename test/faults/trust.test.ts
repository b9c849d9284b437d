/** Whom the whole daemon trusts, started by somebody whose environment says otherwise. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { authorityCertificate, serverCertificate, serverKey } from '../adapters/oauth/certificates.js'
import { json, ScriptedServer } from '../fakes/scriptedServer.js'
import { Home, type Ran } from '../process/home.js'

/** What an impatient person is told to type; fob says none of it. */
const SWITCHED_OFF = /insecure|reject_?unauthorized|--no-verify|-k\b|disabl|ignore/i

suite('whom a daemon trusts', function () {
  this.timeout(60_000)
  let home: Home
  let server: ScriptedServer
  let proxy: Server
  let proxied = 0

  setup(async () => {
    home = await Home.make()
    server = await ScriptedServer.start({ key: serverKey, cert: serverCertificate })
    proxied = 0
    proxy = createServer().on('connect', (_request, socket) => {
      proxied += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    await writeFile(join(home.directory, 'ca.pem'), authorityCertificate)
  })
  teardown(async () => {
    await home.remove()
    await server.stop()
    proxy.close()
  })

  const add = (): Promise<Ran> =>
    home.fob('add', 'oidc', '--name', 'work', '--issuer', server.origin, '--client-id', 'native')

  test('nothing in the environment of its starter makes it trust a server, and fob.json does', async () => {
    const ca = join(home.directory, 'ca.pem')
    const through = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    Object.assign(home.environment, {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_EXTRA_CA_CERTS: ca,
      SSL_CERT_FILE: ca,
      SSL_CERT_DIR: home.directory,
      NODE_OPTIONS: '--use-openssl-ca',
      HTTPS_PROXY: through,
      ALL_PROXY: through,
      NODE_USE_ENV_PROXY: '1',
    })
    const refused = await add()
    assert.equal(refused.code, 5, refused.stderr)
    assert.match(refused.stderr, /signed by "fob test authority", unknown to this machine/)
    assert.match(refused.stderr, /network\.ca in fob\.json/)
    const said = refused.stderr.replace(/\(node:\d+\) Warning:.*/, '')
    assert.doesNotMatch(said, SWITCHED_OFF)
    assert.equal(server.requests.length, 0, 'nothing was asked')
    assert.equal(proxied, 0)

    await home.fob('down')
    await mkdir(join(home.directory, 'config'), { recursive: true, mode: 0o700 })
    await writeFile(join(home.directory, 'config', 'fob.json'), JSON.stringify({ network: { ca } }))
    const { origin } = server
    server.answer(
      '/.well-known/openid-configuration',
      json({ issuer: origin, authorization_endpoint: `${origin}/auth`, token_endpoint: `${origin}/token` }),
    )
    const trusted = await add()
    assert.equal(trusted.code, 0, trusted.stderr)
    assert.equal(proxied, 0)
  })
})
