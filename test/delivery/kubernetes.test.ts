import assert from 'node:assert/strict'
import { execCredential, kubeconfigUser } from '../../daemon/delivery/kubernetes.js'
import { Lease } from '../../shared/contract/lease.js'

const NOW = Date.parse('2030-01-01T00:00:00.000Z')

const lease = (expiresAt: string | null): Lease =>
  Lease.parse({
    connection: 'staging',
    accessToken: 'the-id-token',
    tokenType: 'Bearer',
    expiresAt,
    scopes: ['openid'],
    account: null,
    lease: 'lease-12345678',
    generation: 1,
  })

const answered = (expiresAt: string | null): unknown =>
  JSON.parse(execCredential(lease(expiresAt), 'client.authentication.k8s.io/v1', NOW))

suite('what kubectl takes from its credential plugin', () => {
  test('is an ExecCredential of the version that was asked for, and nothing more', () => {
    assert.equal(
      execCredential(lease('2030-01-01T01:00:00.500Z'), 'client.authentication.k8s.io/v1beta1', NOW),
      '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",' +
        '"status":{"token":"the-id-token","expirationTimestamp":"2030-01-01T00:59:50Z"}}',
    )
  })

  test('ends some seconds early, but never before now', () => {
    const end = (expiresAt: string) => answered(expiresAt)
    assert.deepEqual(end('2030-01-01T00:00:08.000Z'), {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'the-id-token', expirationTimestamp: '2030-01-01T00:00:04Z' },
    })
    assert.match(JSON.stringify(end('2029-12-31T23:59:59.000Z')), /2029-12-31T23:59:59Z/)
  })

  test('has no end when there is none', () => {
    assert.doesNotMatch(JSON.stringify(answered(null)), /expirationTimestamp/)
  })

  test('is named in a kubeconfig whose words stay texts, whatever they look like', () => {
    const config = kubeconfigUser('1e3', '/opt/with space/fob')
    assert.match(config, /^- name: "1e3"$/m)
    assert.match(config, /^ {6}command: "\/opt\/with space\/fob"$/m)
    assert.match(config, /^ {6}args: \["credential", "kubernetes", "1e3"\]$/m)
    assert.match(config, /^ {6}interactiveMode: Never$/m)
  })
})
