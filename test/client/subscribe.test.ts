import assert from 'node:assert/strict'
import { WebSocketServer } from 'ws'
import type { LinkState } from '../../shared/client/link.js'
import { subscribe, type Subscriber, type Subscription } from '../../shared/client/subscribe.js'
import type { DaemonEvent } from '../../shared/contract/events.js'
import { SocketHome } from './socketHome.js'

const snapshot = (pid: number): DaemonEvent => ({
  type: 'snapshot',
  status: {
    daemon: { pid, socket: '/s', version: '0.1.0', startedAt: '2026-01-01T00:00:00.000Z' },
    vault: { state: 'open', keySource: 'keyFile', reason: '', fix: '' },
    connections: [],
    quarantined: [],
  },
})

/** What each listener asked for beside what everybody is told. */
const wished: string[] = []

/** Says its snapshot to whoever connects, and what it is told to say to those that are. */
async function eventServer(
  place: SocketHome,
  pid: number,
): Promise<(...messages: readonly string[]) => void> {
  const server = await place.listen((_request, answer) => answer.writeHead(404).end())
  const sockets = new WebSocketServer({ server, path: '/v1/events' })
  sockets.on('connection', (socket, request) => {
    wished.push(new URL(request.url ?? '', 'http://fob').search)
    // The subscriber ends it without a farewell.
    socket.on('error', () => undefined)
    socket.send(JSON.stringify(snapshot(pid)))
  })
  return (...messages) => {
    for (const socket of sockets.clients) for (const message of messages) socket.send(message)
  }
}

suite('client/subscribe', () => {
  let place: SocketHome
  let subscription: Subscription | undefined
  const events: DaemonEvent[] = []
  const states: LinkState['kind'][] = []
  let wake: () => void = () => undefined

  const listen = (wishes: Pick<Subscriber, 'asksPerson' | 'followsRecord'> = {}): void => {
    subscription = subscribe(
      place.env,
      {
        ...wishes,
        event: (event) => {
          events.push(event)
          wake()
        },
        link: ({ kind }) => {
          states.push(kind)
          wake()
        },
      },
      () => 0,
    )
  }

  const until = async (what: () => boolean): Promise<void> => {
    while (!what()) await new Promise<void>((resolve) => (wake = resolve))
  }

  setup(() => {
    place = new SocketHome()
    events.length = 0
    states.length = 0
    wished.length = 0
  })

  teardown(async () => {
    subscription?.stop()
    await place.remove()
  })

  test('begins with a snapshot and goes on with what happens', async () => {
    const say = await eventServer(place, 1)
    listen()
    await until(() => events.length === 1)
    say(JSON.stringify({ type: 'stopping', reason: 'upgrade' }))
    await until(() => events.length === 2)
    assert.deepEqual(
      events.map(({ type }) => type),
      ['snapshot', 'stopping'],
    )
  })

  test('asks for the record and for questions only when it is to', async () => {
    await eventServer(place, 1)
    for (const wishes of [{}, { followsRecord: true }, { asksPerson: true, followsRecord: true }]) {
      listen(wishes)
      await until(() => events.length > 0)
      subscription?.stop()
      events.length = 0
    }
    assert.deepEqual(wished, ['', '?audit=true', '?approvals=true&audit=true'])
  })

  test('passes over what it does not understand', async () => {
    const say = await eventServer(place, 1)
    listen()
    await until(() => events.length === 1)
    const removed = { type: 'connectionRemoved', name: 'work' }
    say('no JSON', JSON.stringify({ type: 'fromTheFuture' }), JSON.stringify(removed))
    await until(() => events.length === 2)
    assert.equal(events[1]?.type, 'connectionRemoved')
  })

  test('waits for a daemon that is not there yet', async () => {
    listen()
    await until(() => states.includes('awaitingRetry'))
    await eventServer(place, 1)
    await until(() => events.length === 1)
    assert.equal(states.at(-1), 'connected')
  })

  test('a daemon that was replaced is found again, and its snapshot comes first', async () => {
    await eventServer(place, 1)
    listen()
    await until(() => events.length === 1)
    await place.close()
    await until(() => states.at(-1) === 'awaitingRetry')
    await eventServer(place, 2)
    await until(() => events.length === 2)
    assert.deepEqual(events[1], snapshot(2))
  })

  test('after stop nothing is told, and the connection is gone', async () => {
    const say = await eventServer(place, 1)
    listen()
    await until(() => events.length === 1)
    say(JSON.stringify({ type: 'stopping', reason: 'shutdown' }))
    subscription?.stop()
    await place.disconnected()
    assert.equal(events.length, 1)
    assert.equal(states.at(-1), 'stopped')
  })
})
