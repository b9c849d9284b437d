import assert from 'node:assert/strict'
import { createServer, connect, type AddressInfo, type Server } from 'node:net'
import { once } from 'node:events'
import { ConsentBegun } from '../../shared/contract/consent.js'
import { figure } from '../figures.js'
import { follow, Home } from '../process/home.js'
import { combinations, each, malformed, sent, statusOf, type Hostile } from './hostile.js'

const full = process.env.FOB_TEST_FULL !== undefined
const AT_ONCE = 8
const TOKEN = '/v1/connections/sandbox/access-token'

suite('hostile requests', function () {
  this.timeout(full ? 900_000 : 120_000)
  let home: Home

  suiteSetup(async () => void (home = await Home.signedIn({ lifetime: 3_600 })))
  suiteTeardown(() => home?.remove())

  async function begin(): Promise<{ url: string; redirect: URL; state: string }> {
    const body = JSON.stringify({ open: false, preempt: true })
    const headers = { 'content-type': 'application/json' }
    const answer = await home.ask('/v1/connections/sandbox/consent', { method: 'POST', headers, body })
    const begun = ConsentBegun.parse(JSON.parse(answer.text))
    assert.equal(begun.kind, 'browser')
    const asked = new URL(begun.url).searchParams
    return {
      url: begun.url,
      redirect: new URL(asked.get('redirect_uri') ?? ''),
      state: asked.get('state') ?? '',
    }
  }

  /** Sends them all; those that got more than a refusal, or one that holds anything of `telling`. */
  async function accepted(
    to: { port: number; host: string },
    requests: readonly Hostile[],
    telling: readonly string[],
  ): Promise<string[]> {
    const wrong: string[] = []
    await each(requests, AT_ONCE, async ({ what, bytes }) => {
      const answer = await sent(to, bytes)
      const status = statusOf(answer)
      // 0 is a connection that was cut, or that still waits for the rest.
      const refused = status === 0 || (status >= 400 && status < 500)
      const tells = /^access-control-/im.test(answer) || telling.some((text) => answer.includes(text))
      if (!refused || tells) wrong.push(`${what}: ${answer.slice(0, 200)}`)
    })
    return wrong
  }

  test('K11 none of thousands reaches the sign-in under way, which then ends as its person meant', async () => {
    const { url, redirect, state } = await begin()
    const code = 'a-code-from-nowhere'
    const { issuer } = await home.sandbox()
    const target = `${redirect.pathname}?${new URLSearchParams({ code, state, iss: issuer }).toString()}`
    const aims = (full ? [target, `${target}&again=1`] : [target]).map((each) => ({
      host: redirect.host,
      target: each,
    }))
    const honest = (drawn: {
      host: number
      origin: number
      method: string
      upgrade: number
      fetch: number
    }) => drawn.host + drawn.origin + drawn.upgrade + drawn.fetch === 0 && drawn.method === 'GET'
    const requests = [
      ...aims.flatMap((aim) => [...combinations(aim, full, honest)]),
      ...malformed(redirect.host, target),
    ]
    const before = (await home.ledger()).received
    const to = { host: '127.0.0.1', port: Number(redirect.port) }
    const wrong = await accepted(to, requests, [state, code, '<!doctype html>'])
    const asked = (await home.ledger()).received - before
    const { state: standing } = await home.connection('sandbox')
    const enough = requests.length >= (full ? 10_000 : 3_000)
    const ok = wrong.length === 0 && asked === 0 && standing === 'authorizing' && enough
    figure('K11', {
      value: wrong.length + asked,
      bar: '0 accepted by the redirect listener',
      ok,
      n: requests.length,
    })
    assert.deepEqual(wrong, [])
    assert.equal(asked, 0, 'a code was redeemed')
    assert.equal(standing, 'authorizing')
    assert.match(await follow(url), /Signed in/)
  })

  /** What turns the socket into a TCP port, as a person may do to reach it from a container. */
  async function bridge(): Promise<Server> {
    const server = createServer((socket) => {
      const inner = connect(home.socket)
      socket.pipe(inner).pipe(socket)
      for (const end of [socket, inner])
        end.on('error', () => [socket, inner].forEach((each) => each.destroy()))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }

  test('K11 none of thousands gets through a bridge to the socket, when a browser could have sent it', async () => {
    const { accessToken } = await home.lease('sandbox')
    const server = await bridge()
    const { port } = server.address() as AddressInfo
    const byBrowser = (drawn: { origin: number; fetch: number }): boolean => drawn.origin + drawn.fetch === 0
    const aims = [TOKEN, '/v1/events'].map((target) => ({ host: `127.0.0.1:${port}`, target }))
    const requests = aims.flatMap((aim) => [...combinations(aim, full, byBrowser)])
    const some = full ? requests : requests.filter((_, index) => index % 2 === 0)
    const wrong = await accepted({ host: '127.0.0.1', port }, some, [accessToken, 'snapshot'])
    server.close()
    const ok = wrong.length === 0 && some.length >= (full ? 10_000 : 3_000)
    figure('K11', {
      value: wrong.length,
      bar: '0 accepted by the socket behind a bridge',
      ok,
      n: some.length,
    })
    assert.deepEqual(wrong, [])
    const { text } = await home.ask('/v1/audit?limit=1')
    assert.match(text, /"outcome":"forbidden_origin"/, 'what a web page tries is recorded')
  })

  test('the rehearsal provider answers to its own address only', async () => {
    const { issuer } = await home.sandbox()
    const { host, port } = new URL(issuer)
    const aim = { host, target: '/.well-known/openid-configuration' }
    const requests = [...combinations(aim, false, ({ host: form }) => form === 0)].filter(
      ({ bytes }) => bytes.startsWith('GET') && !bytes.includes('Upgrade'),
    )
    const wrong = await accepted({ host: '127.0.0.1', port: Number(port) }, requests, [
      'authorization_endpoint',
    ])
    assert.deepEqual(wrong, [])
  })
})
