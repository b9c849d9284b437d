import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { Refusal } from '../../shared/contract/errors.js'
import { ConnectionName } from '../../shared/contract/ids.js'
import type { FinishedPage, OpenRedirect } from '../../daemon/core/ports.js'
import { LoopbackRedirect } from '../../daemon/edges/redirect.js'
import type { RedirectRule } from '../../daemon/providers/profile.js'
import { notRun } from '../notRun.js'

const connection = ConnectionName.parse('github')
const signedIn: FinishedPage = { kind: 'signedIn', connection, account: null }
const rule: RedirectRule = { host: '127.0.0.1', port: 0, path: '/callback' }

interface Ask {
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly string[]
}

suite('redirect listener', () => {
  const opened: OpenRedirect[] = []
  let received: string[] = []
  let answer: () => Promise<FinishedPage> = () => Promise.resolve(signedIn)

  setup(() => {
    received = []
    answer = () => Promise.resolve(signedIn)
  })
  teardown(async () => {
    for (const open of opened.splice(0)) await open.close()
  })

  async function open(by: RedirectRule = rule): Promise<URL> {
    const redirect = await new LoopbackRedirect().open(by, (callback) => {
      received.push(callback)
      return answer()
    })
    opened.push(redirect)
    return new URL(redirect.uri)
  }

  /** One request as written, on its own connection; gives all that came back. */
  async function ask(
    uri: URL,
    { method = 'GET', target = '/callback?code=c&state=s', headers }: Ask = {},
    to = uri.hostname,
  ): Promise<string> {
    const socket = connect(Number(uri.port), to.replace(/[[\]]/g, ''))
    socket.on('error', () => undefined)
    const lines = headers ?? [`Host: ${uri.host}`]
    socket.write([`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
    return text(socket)
  }

  const refusesToConnect = async (uri: URL): Promise<boolean> => {
    const socket = connect(Number(uri.port), '127.0.0.1')
    try {
      await once(socket, 'connect')
      return false
    } catch {
      return true
    } finally {
      socket.destroy()
    }
  }

  test('its URI names the address bound, and the callback is that URI with its query', async () => {
    const uri = await open()
    assert.equal(uri.hostname, '127.0.0.1')
    assert.equal(uri.pathname, '/callback')
    const page = await ask(uri)
    assert.match(page, /^HTTP\/1\.1 200 /)
    assert.match(page, /<h1>Signed in<\/h1>/)
    assert.deepEqual(received, [`${uri.href}?code=c&state=s`])
  })

  test('the page is kept by nobody, tells no referrer, and may load nothing', async () => {
    const page = await ask(await open())
    assert.match(page, /^Cache-Control: no-store\r$/m)
    assert.match(page, /^Referrer-Policy: no-referrer\r$/m)
    assert.match(page, /^X-Content-Type-Options: nosniff\r$/m)
    assert.match(page, /^Content-Security-Policy: default-src 'none'; style-src 'sha256-/m)
  })

  test('"signed in" is not shown before the grant is durable', async () => {
    let durable: (page: FinishedPage) => void = () => undefined
    const checking = new Promise<void>((resolve) => {
      answer = () => {
        resolve()
        return new Promise((done) => (durable = done))
      }
    })
    const uri = await open()
    let settled = false
    const page = ask(uri).then((all) => {
      settled = true
      return all
    })
    await checking
    const second = await ask(uri)
    assert.match(second, /^HTTP\/1\.1 409 /)
    assert.equal(settled, false)
    durable(signedIn)
    assert.match(await page, /Signed in/)
    assert.equal(received.length, 1)
  })

  test('serves one answer: afterwards nothing listens', async () => {
    const uri = await open()
    await ask(uri)
    assert.ok(await refusesToConnect(uri))
  })

  test('a stray answer is told so, and the right one may still come', async () => {
    answer = () => Promise.resolve({ kind: 'stray' })
    const uri = await open()
    assert.match(await ask(uri), /^HTTP\/1\.1 400 /)
    answer = () => Promise.resolve(signedIn)
    assert.match(await ask(uri), /Signed in/)
    assert.equal(received.length, 2)
  })

  const evil: ReadonlyArray<readonly [string, (uri: URL) => Ask, number]> = [
    ['another path', () => ({ target: '/other?code=c' }), 404],
    ['the path with more behind it', () => ({ target: '/callback/x?code=c' }), 404],
    ['the path in other letters', () => ({ target: '/Callback?code=c' }), 404],
    ['the path with dots', () => ({ target: '/x/../callback?code=c' }), 404],
    ['a whole URL as target', (uri) => ({ target: `http://${uri.host}/callback?code=c` }), 404],
    ['a favicon', () => ({ target: '/favicon.ico' }), 404],
    ...['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'].map(
      (method) => [method, () => ({ method }), 405] as const,
    ),
    ...[
      'evil.test',
      '127.0.0.1',
      '127.0.0.1:1',
      'localhost:PORT',
      '127.0.0.1.nip.io:PORT',
      '127.0.0.1.:PORT',
      '127.1:PORT',
      '2130706433:PORT',
      '0x7f.0.0.1:PORT',
      '0177.0.0.1:PORT',
      '[::1]:PORT',
      '[::ffff:127.0.0.1]:PORT',
      'user@127.0.0.1:PORT',
      '127.0.0.1:PORT@evil.test',
      '127.0.0.1:0PORT',
      '',
    ].map(
      (host) =>
        [
          `Host "${host}"`,
          (uri: URL) => ({ headers: [`Host: ${host.replace('PORT', uri.port)}`] }),
          421,
        ] as const,
    ),
    ['no Host', () => ({ headers: [] }), 421],
    ['two Hosts', (uri) => ({ headers: [`Host: ${uri.host}`, 'Host: evil.test'] }), 421],
    ...['null', 'http://evil.test', 'http://127.0.0.1', ''].map(
      (origin) =>
        [
          `Origin "${origin}"`,
          (uri: URL) => ({ headers: [`Host: ${uri.host}`, `Origin: ${origin}`] }),
          403,
        ] as const,
    ),
    ['a page that fetches', (uri) => ({ headers: [`Host: ${uri.host}`, 'Sec-Fetch-Mode: no-cors'] }), 403],
    ['an image', (uri) => ({ headers: [`Host: ${uri.host}`, 'Sec-Fetch-Dest: image'] }), 403],
    [
      'a frame',
      (uri) => ({ headers: [`Host: ${uri.host}`, 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe'] }),
      403,
    ],
    [
      'a web socket',
      (uri) => ({ headers: [`Host: ${uri.host}`, 'Connection: Upgrade', 'Upgrade: websocket'] }),
      403,
    ],
    ['a prefetch', (uri) => ({ headers: [`Host: ${uri.host}`, 'Sec-Purpose: prefetch'] }), 403],
  ]
  for (const [what, request, status] of evil) {
    test(`${what} gets fixed words and is no answer`, async () => {
      const uri = await open()
      const page = await ask(uri, request(uri))
      assert.match(page, new RegExp(`^HTTP/1\\.1 ${status} `))
      assert.doesNotMatch(page, /evil|code=c|Signed in/)
      assert.match(page, /^Cache-Control: no-store\r$/m)
      assert.deepEqual(received, [])
      assert.match(await ask(uri), /Signed in/, 'the right answer still comes through')
    })
  }

  for (const version of ['1.0', '2.0']) {
    test(`what says it speaks HTTP/${version} is no browser here`, async () => {
      const uri = await open()
      const socket = connect(Number(uri.port), uri.hostname)
      socket.end(`GET /callback?code=c HTTP/${version}\r\nHost: ${uri.host}\r\n\r\n`)
      assert.match(await text(socket), /^HTTP\/1\.1 403 /)
      assert.deepEqual(received, [])
    })
  }

  test('takes the navigation a browser makes', async () => {
    const uri = await open()
    const headers = [
      `Host: ${uri.host}`,
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Dest: document',
      'Sec-Fetch-Site: cross-site',
    ]
    assert.match(await ask(uri, { headers }), /Signed in/)
  })

  test('a defect behind it is a plain 500, and the attempt is not over', async () => {
    answer = () => Promise.reject(new Error('inner words'))
    const uri = await open()
    const page = await ask(uri)
    assert.match(page, /^HTTP\/1\.1 500 /)
    assert.doesNotMatch(page, /inner words/)
    answer = () => Promise.resolve(signedIn)
    assert.match(await ask(uri), /Signed in/)
  })

  test('close frees the port although somebody holds a connection open', async () => {
    const uri = await open()
    const idle = connect(Number(uri.port), '127.0.0.1')
    await once(idle, 'connect')
    const cut = once(idle, 'close')
    await opened[0]?.close()
    await cut
    const next = createServer().listen(Number(uri.port), '127.0.0.1')
    await once(next, 'listening')
    next.close()
  })

  test('whoever receives may close it, and the page still arrives', async () => {
    answer = async () => {
      await opened[0]?.close()
      return signedIn
    }
    assert.match(await ask(await open()), /Signed in/)
  })

  test('a browser that leaves before its page is ready does not keep the port', async () => {
    let durable: (page: FinishedPage) => void = () => undefined
    const checking = new Promise<void>((resolve) => {
      answer = () => {
        resolve()
        return new Promise((done) => (durable = done))
      }
    })
    const uri = await open()
    const socket = connect(Number(uri.port), '127.0.0.1')
    socket.write(`GET /callback?code=c HTTP/1.1\r\nHost: ${uri.host}\r\n\r\n`)
    await checking
    socket.destroy()
    await once(socket, 'close')
    // The other end has seen it leave once it answers somebody else.
    await ask(uri, { target: '/other' })
    durable(signedIn)
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(await refusesToConnect(uri))
  })

  test('a taken port is named, with the command that tells who has it', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    assert.ok(address !== null && typeof address === 'object')
    await assert.rejects(open({ ...rule, port: address.port }), (error) => {
      assert.ok(error instanceof Refusal)
      assert.equal(error.code, 'misconfigured')
      assert.match(error.message, new RegExp(`port ${address.port}\\b`))
      assert.match(error.fix, new RegExp(`${address.port}`))
      return true
    })
    holder.close()
  })

  test('for localhost both addresses are held on one port, under that name only', async function () {
    const uri = await open({ ...rule, host: 'localhost' })
    assert.equal(uri.hostname, 'localhost')
    assert.match(
      await ask(uri, { headers: [`Host: 127.0.0.1:${uri.port}`] }, '127.0.0.1'),
      /^HTTP\/1\.1 421 /,
    )
    const six = await ask(uri, { target: '/other' }, '::1').catch(() => '')
    if (six === '') notRun(this, 'IPv6')
    assert.match(six, /^HTTP\/1\.1 404 /)
    assert.match(await ask(uri, {}, '::1'), /Signed in/)
    assert.ok(await refusesToConnect(uri))
  })

  test('for localhost a fixed port whose other half is taken is refused: the answer could go there', async function () {
    const holder = createServer()
    holder.on('error', () => undefined)
    holder.listen(0, '::1')
    await Promise.race([once(holder, 'listening'), once(holder, 'close')]).catch(() => undefined)
    const address = holder.address()
    if (address === null || typeof address === 'string') notRun(this, 'IPv6')
    await assert.rejects(open({ host: 'localhost', port: address.port, path: '/callback' }), Refusal)
    holder.close()
  })

  suite('where the system gives no address', () => {
    const listen = Reflect.get(Server.prototype, 'listen') as (options: unknown) => Server
    /** Codes with which the next attempts to listen on the address fail. */
    let failures: (string | undefined)[] = []
    let tried: number[] = []

    setup(() => {
      failures = []
      tried = []
    })
    teardown(() => {
      Reflect.set(Server.prototype, 'listen', listen)
    })

    function failing(address: string, ...codes: (string | undefined)[]): void {
      failures = codes
      const stub = function (
        this: Server,
        options: { host: string; port: number },
        ...more: unknown[]
      ): Server {
        if (options.host !== address || failures.length === 0) {
          return Reflect.apply(listen, this, [options, ...more]) as Server
        }
        tried.push(options.port)
        const code = failures.shift()
        const error = Object.assign(new Error('withheld'), code === undefined ? {} : { code })
        setImmediate(() => this.emit('error', error))
        return this
      }
      Reflect.set(Server.prototype, 'listen', stub)
    }

    const localhost: RedirectRule = { ...rule, host: 'localhost' }

    for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT']) {
      test(`without IPv6 (${code}) the sign-in goes on over IPv4`, async () => {
        failing('::1', code)
        const uri = await open(localhost)
        assert.match(await ask(uri, {}, '127.0.0.1'), /Signed in/)
      })
    }

    test('a port that is free on one address only is given back, and another is taken', async () => {
      failing('::1', 'EADDRINUSE', 'EADDRNOTAVAIL')
      const uri = await open(localhost)
      const [given] = tried
      assert.ok(given !== undefined && given !== Number(uri.port))
      const next = createServer().listen(given, '127.0.0.1')
      await once(next, 'listening')
      next.close()
    })

    test('after ten such ports the person is told that fob cannot listen, and nothing is left open', async () => {
      failing('::1', ...Array<string>(10).fill('EADDRINUSE'))
      await assert.rejects(open(localhost), (error) => {
        assert.ok(error instanceof Refusal && error.code === 'misconfigured')
        assert.match(error.message, /cannot listen on localhost/)
        return true
      })
      assert.equal(new Set(tried).size, 10)
      for (const port of tried) assert.ok(await refusesToConnect(new URL(`http://127.0.0.1:${port}`)))
    })

    for (const code of ['EACCES', undefined]) {
      test(`a port that may not be taken (${code ?? 'for no reason given'}) is a refusal that names the address`, async () => {
        failing('127.0.0.1', code)
        await assert.rejects(open(), (error) => {
          assert.ok(error instanceof Refusal && error.code === 'misconfigured')
          assert.match(error.message, /cannot listen on 127\.0\.0\.1 for the browser's answer/)
          return true
        })
      })
    }

    test('a listener that has no port is a refusal, and is closed', async () => {
      const address = Reflect.get(Server.prototype, 'address') as () => { port: number }
      let port = 0
      Reflect.set(Server.prototype, 'address', function (this: Server) {
        port = Reflect.apply(address, this, []).port
        return null
      })
      try {
        await assert.rejects(open(), Refusal)
      } finally {
        Reflect.set(Server.prototype, 'address', address)
      }
      assert.ok(port !== 0 && (await refusesToConnect(new URL(`http://127.0.0.1:${port}`))))
    })

    test('who has a fixed port is asked in the way of the system', async () => {
      const ways = { darwin: /^lsof -nP -iTCP:4711 /, linux: /^ss -ltnp 'sport = :4711'/ }
      const here = process.platform
      try {
        for (const [platform, fix] of Object.entries(ways)) {
          Object.defineProperty(process, 'platform', { value: platform })
          failing('127.0.0.1', 'EADDRINUSE')
          await assert.rejects(open({ ...rule, port: 4711 }), (error) => {
            assert.match(error instanceof Refusal ? error.fix : '', fix)
            return true
          })
        }
      } finally {
        Object.defineProperty(process, 'platform', { value: here })
      }
    })
  })
})
