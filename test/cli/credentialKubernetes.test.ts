import assert from 'node:assert/strict'
import { z } from 'zod'
import { Refusal } from '../../shared/contract/errors.js'
import { FakeDaemon, lease, TOKEN } from './fakeDaemon.js'
import { typed } from './typed.js'

const V1 = 'client.authentication.k8s.io/v1'

const ExecCredential = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.strictObject({ token: z.string(), expirationTimestamp: z.iso.datetime() }),
})
const answerIn = (out: string) => ExecCredential.parse(JSON.parse(out))

suite('cli/credential kubernetes', () => {
  let daemon: FakeDaemon

  const plugin = (info: string | undefined, ...words: readonly string[]) =>
    typed(['credential', 'kubernetes', ...words], {
      env: { ...daemon.env, ...(info === undefined ? {} : { KUBERNETES_EXEC_INFO: info }) },
    })
  const asking = (apiVersion: string): string =>
    JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } })

  setup(async () => {
    daemon = await new FakeDaemon().start()
    const given = lease({ expiresAt: '2030-01-01T00:00:00.000Z' })
    daemon.on('GET /v1/connections/kubernetes/access-token?min_validity=30', () => given)
  })
  teardown(() => daemon.remove())

  test('answers in the version kubectl asks in, and in the newest when a person asks', async () => {
    for (const version of [V1, `${V1}beta1`]) {
      const { code, out } = await plugin(asking(version))
      assert.equal(code, 0)
      const { apiVersion, status } = answerIn(out)
      assert.equal(apiVersion, version)
      assert.equal(status.token, TOKEN)
    }
    assert.equal(answerIn((await plugin(undefined)).out).apiVersion, V1)
  })

  test('serves the connection it is told, and `kubernetes` when it is told none', async () => {
    daemon.on('GET /v1/connections/staging/access-token?min_validity=30', () => lease())
    assert.equal((await plugin(asking(V1), 'staging')).code, 0)
    assert.equal((await plugin(asking(V1))).code, 0)
  })

  test('refuses questions it does not understand, and asks nobody', async () => {
    for (const info of [
      '{',
      '[]',
      'null',
      '"x"',
      '{"kind":"Secret","apiVersion":"v1"}',
      asking(`${V1}alpha1`),
    ]) {
      const { code, out, err } = await plugin(info)
      assert.equal(code, 2, info)
      assert.equal(out, '')
      assert.match(err, /KUBERNETES_EXEC_INFO holds no ExecCredential|apiVersion in your kubeconfig must be/)
    }
    assert.ok(!daemon.asked.some(({ line }) => line.includes('access-token')))
  })

  test('says on standard error alone that a person is needed, and what to type', async () => {
    daemon.on('GET /v1/connections/kubernetes/access-token?min_validity=30', () => {
      throw new Refusal('consent_required', 'kubernetes is not signed in', { fix: 'fob sign-in kubernetes' })
    })
    const { code, out, err } = await plugin(asking(V1))
    assert.equal(code, 3)
    assert.equal(out, '')
    assert.match(err, /fix:.* fob sign-in kubernetes/)
  })

  test('prints the kubeconfig for a connection without asking the daemon', async () => {
    const { code, out } = await plugin(undefined, 'staging', '--kubeconfig')
    assert.equal(code, 0)
    assert.match(out, /^users:\n- name: "staging"$/m)
    assert.match(out, /command: ".*fob(\.js)?"/)
    assert.deepEqual(daemon.asked, [])
  })
})
