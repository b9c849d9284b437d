import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SANDBOX_CLIENT_ID } from '../../shared/contract/sandbox.js'
import { notRun } from '../notRun.js'
import { Home, ran, type Ran } from '../process/home.js'
import { ClusterServer } from './clusterServer.js'

/** Minor version of the kubectl on this machine; undefined without one. */
function kubectlMinor(): number | undefined {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client', '-o', 'json'], {
    encoding: 'utf8',
    env: { ...process.env, HOME: tmpdir() },
  })
  const minor = /"minor": *"(\d+)/.exec(stdout ?? '')?.[1]
  return status === 0 && minor !== undefined ? Number(minor) : undefined
}

/** From 1.22 on kubectl knows v1 of the plugin's protocol; all know v1beta1. */
const KNOWS_V1 = 22

suite('kubectl asks fob for its credential', function () {
  this.timeout(60_000)
  let place = ''
  let home: Home
  let cluster: ClusterServer
  let minor = 0

  suiteSetup(async function () {
    minor = kubectlMinor() ?? notRun(this, 'kubectl')
    place = mkdtempSync(join(tmpdir(), 'fob-kubectl-'))
    home = await Home.make()
    await home.must('sandbox', 'start')
    const { issuer } = await home.sandbox()
    cluster = await ClusterServer.listen(issuer, SANDBOX_CLIENT_ID)
    await home.must('add', 'kubernetes', '--issuer', issuer, '--client-id', SANDBOX_CLIENT_ID)
    await home.signIn('kubernetes')
    writeFileSync(join(place, 'cluster'), cluster.kubeconfig('kubernetes'))
    const user = await home.must('credential', 'kubernetes', '--kubeconfig')
    writeFileSync(join(place, 'user-v1'), user)
    writeFileSync(join(place, 'user-v1beta1'), user.replace(/k8s\.io\/v1$/m, 'k8s.io/v1beta1'))
  })

  suiteTeardown(async () => {
    if (place === '') return
    await cluster.close()
    await home.remove()
    rmSync(place, { recursive: true, force: true })
  })

  setup(() => {
    cluster.seen.length = 0
    cluster.brought.clear()
  })

  const kubectl = (version: 'v1' | 'v1beta1', ...words: string[]): Promise<Ran> => {
    const files = ['cluster', `user-${version}`].map((name) => join(place, name)).join(':')
    const env = { ...home.environment, HOME: place, KUBECONFIG: files }
    return ran(spawn('kubectl', words, { cwd: place, env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  for (const version of ['v1', 'v1beta1'] as const) {
    test(`P1 kubernetes: kubectl lists pods with the id token, by ${version}`, async function () {
      if (version === 'v1' && minor < KNOWS_V1) notRun(this, 'kubectl 1.22')
      const { code, stdout, stderr } = await kubectl(version, 'get', 'pods', '-o', 'name')
      assert.equal(code, 0, stderr)
      assert.equal(stdout, 'pod/from-the-cluster\n')
      assert.ok(cluster.seen.length > 0)
      assert.deepEqual([...new Set(cluster.seen)], ['you@sandbox'])
    })
  }

  test('P1 kubernetes: after a refresh kubectl comes with the new id token, without any change of its own', async () => {
    const pods = () => kubectl('v1beta1', 'get', '--raw', '/api/v1/namespaces/default/pods')
    assert.equal((await pods()).code, 0)
    await home.must('refresh', 'kubernetes')
    assert.equal((await pods()).code, 0)
    assert.equal(cluster.brought.size, 2)
    assert.ok(!cluster.seen.includes('refused'))
  })

  test('P1 kubernetes: signed out, kubectl says so with what to type, and the cluster is not asked', async () => {
    await home.must('sign-out', 'kubernetes')
    const { code, stderr } = await kubectl('v1beta1', 'get', 'pods')
    assert.notEqual(code, 0)
    assert.match(stderr, /fob sign-in kubernetes/)
    assert.deepEqual(cluster.brought.size, 0)
  })
})
