/** Every route as its schema says, whoever it is asked by. */
import assert from 'node:assert/strict'
import { Status } from '../../shared/contract/connection.js'
import { routes, type RouteName } from '../../shared/contract/routes.js'
import { statusFor } from '../fakes/fakeBroker.js'
import { addition, caller, ListeningServer, TOKEN, type Call } from './listeningServer.js'

suite('socket server', () => {
  let server: ListeningServer
  setup(async () => {
    server = new ListeningServer()
    await server.listen()
  })
  teardown(() => server.close())

  suite('routes', () => {
    const calls: ReadonlyArray<readonly [RouteName, string, Call, string | undefined]> = [
      ['hello', '/v1/hello', {}, undefined],
      ['status', '/v1/status', {}, undefined],
      ['providers', '/v1/providers', {}, undefined],
      ['addConnection', '/v1/connections', { method: 'POST', body: JSON.stringify(addition) }, 'add'],
      ['signOut', '/v1/connections/github?forget=true', { method: 'DELETE' }, 'signOut'],
      [
        'beginConsent',
        '/v1/connections/github/consent',
        { method: 'POST', body: '{"open":true}' },
        'beginConsent',
      ],
      ['cancelConsent', '/v1/connections/github/consent', { method: 'DELETE' }, 'cancelConsent'],
      ['accessToken', TOKEN, {}, 'lease'],
      [
        'reject',
        '/v1/connections/github/reject',
        { method: 'POST', body: '{"lease":"lease-0001"}' },
        'reject',
      ],
      [
        'rejectToken',
        '/v1/connections/github/reject-token',
        { method: 'POST', body: '{"accessToken":"refused"}' },
        'rejectToken',
      ],
      ['gitHost', '/v1/git/host?protocol=https&host=git.example.com', {}, undefined],
      ['env', '/v1/env?variables=WORK_TOKEN=github', {}, 'lease'],
      ['refresh', '/v1/connections/github/refresh', { method: 'POST' }, 'refresh'],
      [
        'setSecret',
        '/v1/connections/github/client-secret',
        { method: 'POST', body: '{"clientSecret":"x"}' },
        'setSecret',
      ],
      [
        'rotateSecret',
        '/v1/connections/github/client-secret/rotation',
        { method: 'POST', body: '{"clientSecret":"x"}' },
        'rotateSecret',
      ],
      [
        'registerTerminal',
        '/v1/terminals',
        { method: 'POST', body: '{"pid":4000,"folder":"/home/ada/work"}' },
        undefined,
      ],
      ['config', '/v1/config', {}, undefined],
      ['acceptConfig', '/v1/config/accept', { method: 'POST', body: '{"digest":"[]"}' }, undefined],
      [
        'answerApproval',
        '/v1/approvals',
        { method: 'POST', body: '{"id":"idx00001","answer":"once"}' },
        undefined,
      ],
      ['approvals', '/v1/approvals', {}, undefined],
      [
        'simulate',
        '/v1/simulate',
        { method: 'POST', body: '{"action":"start","connection":"github","kind":"offline"}' },
        'simulate',
      ],
      [
        'awsCredentials',
        '/v1/connections/github/aws-credentials?account=111122223333&role=ReadOnly',
        {},
        'roleCredentials',
      ],
      ['audit', '/v1/audit?limit=5&connection=github', {}, undefined],
      ['health', '/v1/health', {}, undefined],
      ['doctor', '/v1/doctor?connection=github', {}, undefined],
      ['vault', '/v1/vault', { method: 'POST', body: '{"action":"unlock"}' }, 'vault'],
      ['shutdown', '/v1/shutdown', { method: 'POST', body: '{}' }, undefined],
    ]
    for (const [name, path, call, asked] of calls) {
      test(`${name} answers as its schema says, and nobody may cache it`, async () => {
        if (name === 'answerApproval') await server.somebodyAsks()
        const answer = await server.call(path, call)
        assert.equal(answer.status, 200, answer.text)
        routes[name].answer.parse(JSON.parse(answer.text))
        assert.equal(answer.headers['cache-control'], 'no-store')
        assert.equal(answer.headers['etag'], undefined)
        assert.equal(answer.headers['x-powered-by'], undefined)
        assert.deepEqual(
          server.broker.calls.map(({ method, caller: by }) => [method, by]),
          asked ? [[asked, caller]] : [],
        )
      })
    }

    test('every route of the table was asked above', () => {
      assert.deepEqual(calls.map(([name]) => name).sort(), Object.keys(routes).sort())
    })

    test('a terminal gets a stored secret in the variable it was stored for, whoever else asks for it', async () => {
      const [one, other] = [statusFor('github'), statusFor('gitlab')]
      server.broker.connections = () => [{ ...one, variable: 'NPM_TOKEN' }, other]
      const { text } = await server.call('/v1/env?variables=NPM_TOKEN=gitlab,OTHER_TOKEN=gitlab')
      const { variables } = routes.env.answer.parse(JSON.parse(text))
      assert.deepEqual(
        variables.map(({ name, connection }) => `${name}=${connection}`),
        ['NPM_TOKEN=github', 'OTHER_TOKEN=gitlab'],
      )
    })

    test('parameters, query and body reach the broker with their defaults filled in', async () => {
      await server.call('/v1/connections/github', { method: 'DELETE' })
      await server.call('/v1/connections/gitlab/consent', { method: 'POST' })
      assert.deepEqual(
        server.broker.calls.map(({ given }) => given),
        [
          { connection: 'github', forget: false },
          { connection: 'gitlab', options: { open: false, preempt: false } },
        ],
      )
    })

    test('status and health wait until the vault was looked into', async () => {
      for (const path of ['/v1/status', '/v1/health']) {
        let looked = () => {}
        let answered = false
        server.broker.onLook = new Promise<void>((resolve) => (looked = resolve))
        const answer = server.call(path).finally(() => (answered = true))
        await server.call('/v1/hello')
        assert.equal(answered, false)
        looked()
        assert.equal((await answer).status, 200)
        server.broker.onLook = undefined
      }
    })

    test('status names the daemon and its connections', async () => {
      const status = Status.parse(JSON.parse((await server.call('/v1/status')).text))
      assert.equal(status.daemon.pid, 77)
      assert.equal(status.daemon.socket, server.socket)
      assert.deepEqual(
        status.connections.map(({ name }) => name),
        ['github', 'gitlab'],
      )
    })

    test('metrics are Prometheus text', async () => {
      const answer = await server.call('/metrics')
      assert.match(answer.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/)
      assert.match(answer.text, /^fob_leases 3$/m)
    })

    test('shutdown is carried out once its answer has left, with the successor and who asked', async () => {
      const successor = { node: '/usr/bin/node', program: '/opt/fob/daemon.mjs' }
      const answer = await server.call('/v1/shutdown', {
        method: 'POST',
        body: JSON.stringify({ successor }),
      })
      assert.deepEqual(JSON.parse(answer.text), { stopping: true, pid: 77 })
      assert.deepEqual(server.shutdowns, [{ successor, pid: caller.pid }])
    })

    test('Host is ignored, also when it is missing or foreign', async () => {
      assert.equal((await server.call('/v1/hello', { headers: { Host: 'evil.test' } })).status, 200)
      const bare = await server.raw('GET /v1/hello HTTP/1.1\r\nConnection: close\r\n\r\n')
      assert.match(bare, /^HTTP\/1\.1 200 /)
    })
  })
})
