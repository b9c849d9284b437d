import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { request, type Server } from 'node:http'
import { LoopbackRedirect } from '../../daemon/edges/redirect.js'
import { ListeningServer } from '../edges/listeningServer.js'
import { fuzz } from './fuzzing.js'
import { eventsInput, redirectInput, wireInput } from './wireInputs.js'

const full = process.env.FOB_TEST_FULL !== undefined

/** Node's own leave to go on, before an answer. */
const withoutLeave = (answer: string): string => answer.replace(/^(HTTP\/1\.1 100 Continue\r\n\r\n)+/, '')

/** What the socket answers, if anything: one of the statuses in its table, and never a defect. */
function socketFault(all: string): string | undefined {
  const answer = withoutLeave(all)
  if (answer === '' || /^HTTP\/1\.1 (101|200|4\d\d|503) /.test(answer)) {
    return answer.includes('"code":"internal"') ? 'a defect was told' : undefined
  }
  return `answered ${answer.slice(0, 80)}`
}

suite('fuzzing the edges', function () {
  this.timeout(full ? 3_600_000 : 240_000)
  let server: ListeningServer

  setup(async () => {
    server = new ListeningServer()
    await server.listen()
  })
  teardown(() => server.close())

  /** Whether it still serves, what it took for a defect, and everything it remembers forgotten. */
  async function settle(): Promise<readonly string[]> {
    const { status } = await server.call('/v1/hello')
    const defects = server.logged.splice(0).map((message) => `logged: ${message}`)
    server.audit.length = 0
    server.broker.calls.length = 0
    server.shutdowns.length = 0
    return status === 200 ? defects : [...defects, `hello answered ${status}`]
  }

  test('K12 no request, however broken, ends or hangs the socket’s server', () =>
    fuzz({ name: 'the wire', server: server.api, input: wireInput, fault: socketFault, settle }))

  test('K12 nothing a listener says ends or hangs the event stream', async () => {
    await fuzz({ name: 'the events', server: server.api, input: eventsInput, fault: socketFault, settle })
    assert.equal(server.broker.listeners, 1, 'one subscription of the server’s own is left')
  })

  test('K12 nothing a browser brings ends or hangs the redirect listener', async () => {
    const rule = { host: '127.0.0.1', port: 0, path: '/callback' } as const
    const redirect = await new LoopbackRedirect().open(rule, () => Promise.resolve({ kind: 'stray' }))
    const { host, port } = new URL(redirect.uri)
    const listener = await serverBehind(Number(port))
    const alive = async (): Promise<readonly string[]> =>
      (await statusAt(Number(port))) === 404 ? [] : ['the listener is gone']
    try {
      await fuzz({
        name: 'the redirect listener',
        server: listener,
        input: (random) => redirectInput(host, random),
        fault: redirectFault,
        settle: alive,
      })
    } finally {
      await redirect.close()
    }
  })
})

function redirectFault(all: string): string | undefined {
  const answer = withoutLeave(all)
  if (answer === '') return undefined
  // Each says 4xx: fixed words, or the page of a stray answer.
  return /^HTTP\/1\.1 4\d\d /.test(answer) ? undefined : `answered ${answer.slice(0, 80)}`
}

const statusAt = (port: number): Promise<number> =>
  new Promise((resolve) => {
    const asking = request({ port, host: '127.0.0.1', path: '/nothing', agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asking.on('error', () => resolve(0))
    asking.end()
  })

/** The server that answers at a port of this process, as Node tells of it when a request comes. */
async function serverBehind(port: number): Promise<Server> {
  const started = channel('http.server.request.start')
  let found: Server | undefined
  const hear = (message: unknown): void => {
    if (typeof message === 'object' && message !== null && 'server' in message)
      found = message.server as Server
  }
  started.subscribe(hear)
  await statusAt(port)
  started.unsubscribe(hear)
  assert.ok(found)
  return found
}
