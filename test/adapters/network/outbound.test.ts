import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { goesDirect } from '../../../daemon/adapters/network/connecting.js'
import { ExchangeFailure } from '../../../daemon/adapters/network/exchangeFailure.js'
import { Outbound, OUTBOUND_POLICY } from '../../../daemon/adapters/network/outbound.js'
import type { OutboundPolicy } from '../../../daemon/adapters/network/outbound.js'
import type { Network } from '../../../shared/contract/config.js'
import { json, ScriptedServer } from '../../fakes/scriptedServer.js'
import { authorityCertificate, serverCertificate, serverKey } from '../oauth/certificates.js'

const SERVER_TLS = { key: serverKey, cert: serverCertificate }
const HURRIED: OutboundPolicy = { ...OUTBOUND_POLICY, connectMs: 100, exchangeMs: 200 }

const post = (url: string) => ({
  url,
  method: 'POST' as const,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'refresh_token=canary-secret',
})

async function failureFrom(
  network: Network,
  url: string,
  policy = OUTBOUND_POLICY,
): Promise<ExchangeFailure> {
  try {
    await new Outbound(network, policy).begin().send(post(url))
  } catch (error) {
    assert.ok(error instanceof ExchangeFailure, String(error))
    assert.doesNotMatch(error.message, /canary/)
    return error
  }
  return assert.fail('it was answered')
}

const direct: Network = { noProxy: [] }

suite('outbound requests', () => {
  let folder: string
  let trusting: Network
  const stops: (() => unknown)[] = []

  suiteSetup(() => {
    folder = mkdtempSync(join(tmpdir(), 'fob-outbound-'))
    writeFileSync(join(folder, 'ca.pem'), authorityCertificate)
    trusting = { noProxy: [], ca: join(folder, 'ca.pem') }
  })
  suiteTeardown(() => rmSync(folder, { recursive: true }))
  teardown(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  })

  const start = async (tls?: typeof SERVER_TLS): Promise<ScriptedServer> => {
    const server = await ScriptedServer.start(tls)
    stops.push(() => server.stop())
    return server
  }

  const listening = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    stops.push(() => new Promise((resolve) => server.close(resolve)))
    return (server.address() as AddressInfo).port
  }

  test('a request takes at most 5 s to connect and 15 s in all', () => {
    assert.equal(OUTBOUND_POLICY.connectMs, 5_000)
    assert.equal(OUTBOUND_POLICY.exchangeMs, 15_000)
  })

  test('every request has its own connection, which is closed after the answer', async () => {
    const server = createServer((_, response) => response.end('hello'))
    const ports = new Set<number | undefined>()
    server.on('connection', (socket) => ports.add(socket.remotePort))
    const url = `http://127.0.0.1:${await listening(server)}/`
    const exchange = new Outbound(direct).begin()
    const closed = new Promise((resolve) =>
      server.once('connection', (socket) => socket.once('close', resolve)),
    )
    await exchange.send(post(url))
    await closed
    await exchange.send(post(url))
    assert.equal(ports.size, 2)
  })

  test('a redirect is an answer and is not followed', async () => {
    const server = await start()
    server.answer('/token', { status: 307, headers: { location: server.url('/sink') } })
    const answer = await new Outbound(direct).begin().send(post(server.url('/token')))
    assert.equal(answer.status, 307)
    assert.equal(server.count('/sink'), 0)
  })

  test('a name that does not exist is unreachable: nothing was sent', async () => {
    const failure = await failureFrom(direct, 'https://nowhere.invalid/token')
    assert.equal(failure.kind, 'unreachable')
    assert.match(failure.message, /nowhere\.invalid/)
  })

  test('a refused connection is unreachable', async () => {
    const server = await start()
    const url = server.url('/token')
    await server.stop()
    stops.length = 0
    const failure = await failureFrom(direct, url)
    assert.equal(failure.kind, 'unreachable')
    assert.match(failure.message, /refuses connections/)
  })

  test('a server that accepts and never shakes hands is unreachable in time', async () => {
    const port = await listening(createTcpServer((socket) => stops.push(() => socket.destroy())))
    const failure = await failureFrom(direct, `https://127.0.0.1:${port}/token`, HURRIED)
    assert.equal(failure.kind, 'unreachable')
    assert.match(failure.message, /did not accept a connection in time/)
  })

  test('a server that reads and never answers is unanswered in time', async () => {
    const server = await start()
    server.answer('/token', 'hang')
    const failure = await failureFrom(direct, server.url('/token'), HURRIED)
    assert.equal(failure.kind, 'unanswered')
    assert.equal(server.count('/token'), 1)
  })

  test('a connection cut after the request is unanswered, and the request is not repeated', async () => {
    const server = await start()
    server.answer('/token', 'reset')
    assert.equal((await failureFrom(direct, server.url('/token'))).kind, 'unanswered')
    assert.equal(server.count('/token'), 1)
  })

  test('a body that ends too early is unanswered', async () => {
    const server = await start()
    server.answer('/token', 'cutBody')
    assert.equal((await failureFrom(direct, server.url('/token'))).kind, 'unanswered')
    assert.equal(server.count('/token'), 1)
  })

  test('something that is no HTTP is unanswered', async () => {
    const tcp = createTcpServer((socket) => void socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n')))
    const failure = await failureFrom(direct, `http://127.0.0.1:${await listening(tcp)}/token`)
    assert.equal(failure.kind, 'unanswered')
  })

  test('what a server hints at before its answer is no part of the answer', async () => {
    const hint = 'HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\n'
    const answer = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'
    const tcp = createTcpServer((socket) => void socket.once('data', () => socket.end(hint + answer)))
    const { status, headers } = await new Outbound(direct)
      .begin()
      .send(post(`http://127.0.0.1:${await listening(tcp)}/token`))
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/json')
  })

  test('a body beyond the limit is not read to its end', async () => {
    const server = await start()
    server.answer('/token', { body: Buffer.alloc(OUTBOUND_POLICY.maxBodyBytes + 1) })
    const failure = await failureFrom(direct, server.url('/token'))
    assert.equal(failure.kind, 'unanswered')
    assert.match(failure.message, /too large/)
    server.answer('/token', { body: Buffer.alloc(OUTBOUND_POLICY.maxBodyBytes) })
    const answer = await new Outbound(direct).begin().send(post(server.url('/token')))
    assert.equal(answer.body.length, OUTBOUND_POLICY.maxBodyBytes)
  })

  test('all requests of an exchange share one deadline', async () => {
    const server = await start()
    server.answer('/token', 'hang')
    const exchange = new Outbound(direct, HURRIED).begin()
    await assert.rejects(exchange.send(post(server.url('/token'))))
    server.answer('/token', json({}))
    await assert.rejects(exchange.send(post(server.url('/token'))), /in time/)
  })

  test('plain http leaves this machine for nobody', async () => {
    const failure = await failureFrom(direct, 'http://server.test/token')
    assert.equal(failure.kind, 'unreachable')
    assert.match(failure.message, /plain http/)
  })

  suite('certificates', () => {
    let before: string | undefined

    setup(() => {
      before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      // What an impatient person sets: it must change nothing here.
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    })
    teardown(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
    })

    test('one of an unknown authority is refused whatever the environment says, naming the authority', async () => {
      const server = await start(SERVER_TLS)
      const failure = await failureFrom(direct, server.url('/token'))
      assert.equal(failure.kind, 'unreachable')
      assert.match(failure.message, /signed by "fob test authority"/)
      assert.match(failure.message, /network\.ca/)
      assert.equal(failure.matter, 'trust')
      assert.equal(server.requests.length, 0)
    })

    test('one of the configured authority is trusted', async () => {
      const server = await start(SERVER_TLS)
      server.answer('/token', json({ ok: true }))
      const answer = await new Outbound(trusting).begin().send(post(server.url('/token')))
      assert.equal(answer.status, 200)
    })

    test('an authority installed after a refusal is trusted without a restart', async () => {
      const server = await start(SERVER_TLS)
      server.answer('/token', json({ ok: true }))
      const ca = join(folder, 'later.pem')
      const outbound = new Outbound({ noProxy: [], ca })
      await assert.rejects(outbound.begin().send(post(server.url('/token'))), /holds no certificate/)
      writeFileSync(ca, serverCertificate)
      await assert.rejects(
        outbound.begin().send(post(server.url('/token'))),
        /signed by "fob test authority"/,
      )
      writeFileSync(ca, authorityCertificate)
      assert.equal((await outbound.begin().send(post(server.url('/token')))).status, 200)
    })
  })

  suite('proxy', () => {
    const variables = [
      'HTTPS_PROXY',
      'HTTP_PROXY',
      'https_proxy',
      'http_proxy',
      'ALL_PROXY',
      'NODE_USE_ENV_PROXY',
    ]
    const tunnels: string[] = []

    /** A proxy that brings every tunnel to `port`, whatever host was asked for. */
    const startProxy = async (port: number, status = '200 OK'): Promise<string> => {
      tunnels.length = 0
      const proxy = createServer((request, response) => {
        tunnels.push(`${request.method} ${request.url}`)
        response.end()
      })
      proxy.on('connect', (request, socket, head) => {
        tunnels.push(`CONNECT ${request.url} ${JSON.stringify(request.rawHeaders).includes('canary')}`)
        socket.write(`HTTP/1.1 ${status}\r\n\r\n`)
        if (!status.startsWith('200')) return socket.end()
        const upstream = connect(port, '127.0.0.1')
        upstream.write(head)
        upstream.pipe(socket).pipe(upstream)
        for (const end of [socket, upstream]) end.on('error', () => undefined)
      })
      return `http://127.0.0.1:${await listening(proxy)}`
    }

    test('the configured one carries a tunnel and sees no more than host and port', async () => {
      const server = await start(SERVER_TLS)
      server.answer('/token', json({ ok: true }))
      const proxy = await startProxy(server.port)
      const answer = await new Outbound({ ...trusting, proxy })
        .begin()
        .send(post('https://server.test/token'))
      assert.equal(answer.status, 200)
      assert.deepEqual(tunnels, ['CONNECT server.test:443 false'])
      assert.equal(server.requests[0]?.headers.host, 'server.test')
    })

    test('certificates are checked inside the tunnel too, and the authority is named', async () => {
      const server = await start(SERVER_TLS)
      const proxy = await startProxy(server.port)
      const failure = await failureFrom({ ...direct, proxy }, 'https://server.test/token')
      assert.equal(failure.kind, 'unreachable')
      assert.match(failure.message, /signed by "fob test authority"/)
      assert.equal(server.requests.length, 0)
    })

    test('a certificate for another name is refused', async () => {
      const server = await start(SERVER_TLS)
      const proxy = await startProxy(server.port)
      const failure = await failureFrom({ ...trusting, proxy }, 'https://other.test/token')
      assert.equal(failure.kind, 'unreachable')
      assert.match(failure.message, /for another name/)
      assert.equal(failure.matter, 'trust')
      assert.equal(server.requests.length, 0)
    })

    test('one that refuses makes the server unreachable, and is named', async () => {
      const proxy = await startProxy(1, '407 Proxy Authentication Required')
      const failure = await failureFrom({ ...direct, proxy }, 'https://server.test/token')
      assert.equal(failure.kind, 'unreachable')
      assert.match(failure.message, /proxy 127\.0\.0\.1:\d+ refuses.*407/)
      assert.equal(failure.matter, 'proxy')
    })

    test('one that drops the tunnel makes the server unreachable, and harms nothing', async () => {
      const proxy = createServer()
      proxy.on('connect', (_request, socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n', () => (socket as Socket).resetAndDestroy())
      })
      const url = `http://127.0.0.1:${await listening(proxy)}`
      const failure = await failureFrom({ ...direct, proxy: url }, 'https://server.test/token')
      assert.equal(failure.kind, 'unreachable')
    })

    test('one that is not there makes the server unreachable', async () => {
      const failure = await failureFrom(
        { ...direct, proxy: 'http://127.0.0.1:1' },
        'https://server.test/token',
      )
      assert.equal(failure.kind, 'unreachable')
      assert.match(failure.message, /the proxy/)
      assert.equal(failure.matter, 'proxy')
    })

    test('one named by the environment is not used', async () => {
      const server = await start(SERVER_TLS)
      server.answer('/token', json({ ok: true }))
      const proxy = await startProxy(server.port)
      const before = variables.map((name) => [name, process.env[name]] as const)
      for (const name of variables) process.env[name] = proxy
      try {
        const answer = await new Outbound(trusting).begin().send(post(server.url('/token')))
        assert.equal(answer.status, 200)
        assert.equal((await failureFrom(trusting, 'https://server.invalid/token')).kind, 'unreachable')
        assert.deepEqual(tunnels, [])
      } finally {
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      }
    })

    test('loopback and the hosts of noProxy are reached directly; a leading dot takes sub-domains in', () => {
      const network = { proxy: 'http://proxy.test', noProxy: ['Plain.test', '.deep.test'] }
      const reached = ['127.0.0.1', 'localhost', '[::1]', 'plain.test', 'deep.test', 'a.deep.test']
      for (const host of reached) assert.equal(goesDirect(host, network), true, host)
      const proxied = ['a.plain.test', 'xdeep.test', 'other.test', 'plain.test.evil.test']
      for (const host of proxied) assert.equal(goesDirect(host, network), false, host)
    })
  })
})
