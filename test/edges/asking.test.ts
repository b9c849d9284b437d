/** Callers that a rule makes wait for the person, over the socket. */
import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import { Policy } from '../../shared/contract/config.js'
import { Environment } from '../../shared/contract/environment.js'
import { DaemonEvent } from '../../shared/contract/events.js'
import { errorIn, ListeningServer, TOKEN } from './listeningServer.js'

/** In the fake machine: the editor, a program in one of its terminals, and one in another. */
const [EDITOR, TYPED, OTHER] = [100, 4242, 5000]

suite('callers that a rule makes ask', () => {
  let server: ListeningServer

  setup(async () => {
    server = new ListeningServer()
    server.processes.run(OTHER, { parent: EDITOR, tty: 34817 })
    await server.listen()
    await inForce([{ decide: 'ask', connection: 'github', actions: ['lease', 'refresh'] }])
  })
  teardown(() => server.close())

  async function inForce(rules: object[]): Promise<void> {
    server.rules = Policy.parse(rules)
    const { digest } = server.acceptance.state()
    await server.acceptance.accept(digest, server.processes.caller(OTHER), false)
  }

  const as = (pid: number): void => void (server.peer = () => server.processes.caller(pid))

  /** Resolves with the question once it is asked. */
  function question(): Promise<string> {
    return new Promise((resolve) => {
      const stop = server.approvals.subscribe(() => {
        const [pending] = server.approvals.pending()
        if (pending === undefined) return
        stop()
        resolve(pending.id)
      })
    })
  }

  const say = (id: string, answer: string): Promise<unknown> =>
    server.call('/v1/approvals', { method: 'POST', body: JSON.stringify({ id, answer }) })

  for (const [what, path, method] of [
    ['an access token', `${TOKEN}?scopes=openid`, 'GET'],
    ['a refresh', '/v1/connections/github/refresh', 'POST'],
  ] as const) {
    test(`${what} waits for the answer, and comes with a Yes`, async () => {
      as(TYPED)
      const asked = question()
      const answer = server.call(path, { method })
      const id = await asked
      assert.deepEqual(server.broker.calls, [])
      as(OTHER)
      await say(id, 'once')
      assert.equal((await answer).status, 200)
      assert.equal(server.broker.calls.length, 1)
    })

    test(`${what} is refused with a No, which is recorded`, async () => {
      as(TYPED)
      const asked = question()
      const answer = server.call(path, { method })
      const id = await asked
      as(OTHER)
      await say(id, 'refuse')
      assert.equal(errorIn(await answer).code, 'refused_by_policy')
      assert.deepEqual(server.broker.calls, [])
      assert.equal(server.refusals.at(-1)?.connection, 'github')
    })
  }

  test('other connections, and what only looks, ask nobody', async () => {
    as(TYPED)
    assert.equal((await server.call('/v1/connections/gitlab/access-token')).status, 200)
    assert.equal((await server.call('/v1/status')).status, 200)
    assert.deepEqual(server.approvals.pending(), [])
  })

  test('a rule for every connection asks nobody about one that is not there', async () => {
    await inForce([{ decide: 'ask' }])
    as(TYPED)
    const answer = await server.call('/v1/connections/nobody/access-token')
    assert.equal(errorIn(answer).code, 'unknown_connection')
  })

  for (const path of [TOKEN, '/v1/connections/github/refresh']) {
    test(`who asks before the connections are known waits for them, and then for the answer: ${path}`, async () => {
      let open = (): void => undefined
      server.broker.onOpen = new Promise((resolve) => {
        open = () => {
          server.broker.onOpen = undefined
          resolve()
        }
      })
      as(TYPED)
      const asked = question()
      const answer = server.call(path, { method: path === TOKEN ? 'GET' : 'POST' })
      assert.equal((await server.call('/v1/hello')).status, 200)
      assert.deepEqual([server.broker.calls, server.approvals.pending()], [[], []])
      open()
      const id = await asked
      as(OTHER)
      await say(id, 'refuse')
      assert.equal(errorIn(await answer).code, 'refused_by_policy')
      assert.deepEqual(server.broker.calls, [])
    })
  }

  test('a rule that denies refuses at once', async () => {
    await inForce([{ decide: 'deny', connection: 'github' }])
    as(TYPED)
    assert.equal(errorIn(await server.call(TOKEN)).code, 'refused_by_policy')
    assert.deepEqual(server.approvals.pending(), [])
  })

  test('a rule for an account is about the connections of that account', async () => {
    as(TYPED)
    await inForce([{ decide: 'deny', accounts: ['grace@example.test'] }])
    assert.equal((await server.call(TOKEN)).status, 200)
    await inForce([{ decide: 'deny', accounts: ['ada@example.test'] }])
    const { code, message } = errorIn(await server.call(TOKEN))
    assert.equal(code, 'refused_by_policy')
    assert.match(message, /policy\.0 denies github/)
    assert.equal((await server.call('/v1/status')).status, 200)
  })

  test('a prompt does not wait for a person: the variable is missing, and there after a Yes', async () => {
    as(TYPED)
    const asked = question()
    const path = '/v1/env?variables=WORK_TOKEN=github'
    const first = Environment.parse(JSON.parse((await server.call(path)).text))
    assert.match(first.missing[0]?.reason ?? '', /waits for you/)
    const id = await asked
    as(OTHER)
    await say(id, 'once')
    as(TYPED)
    const second = Environment.parse(JSON.parse((await server.call(path)).text))
    assert.equal(second.variables[0]?.name, 'WORK_TOKEN')
    assert.notEqual(second.version, first.version, 'no prompt would have asked again')
  })

  test('an editor that listens is told of the question and may answer it; a mere listener may not', async () => {
    for (const [query, status] of [
      ['', 403],
      ['?approvals=true', 200],
    ] as const) {
      as(EDITOR)
      const events = new WebSocket(`ws+unix:${server.socket}:/v1/events${query}`)
      const told = new Promise<DaemonEvent>((resolve) => {
        events.on('message', (message: Buffer) => {
          const event = DaemonEvent.parse(JSON.parse(message.toString()))
          if (event.type === 'snapshot') begun()
          if (event.type === 'approvals' && event.pending.length > 0) resolve(event)
        })
      })
      let begun = (): void => undefined
      await new Promise<void>((resolve) => (begun = resolve))
      as(TYPED)
      const answer = server.call(TOKEN)
      const event = await told
      assert.ok(event.type === 'approvals')
      as(EDITOR)
      const id = event.pending[0]?.id ?? ''
      const body = JSON.stringify({ id, answer: 'refuse' })
      assert.equal((await server.call('/v1/approvals', { method: 'POST', body })).status, status)
      events.terminate()
      as(OTHER)
      if (status === 403) await say(id, 'refuse')
      assert.equal((await answer).status, 403)
    }
  })
})
