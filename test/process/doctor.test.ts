/** The doctor of a whole fob: the shipped command, daemon and sandbox. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Diagnosis, type Finding } from '../../shared/contract/doctor.js'
import { Home } from './home.js'

suite('fob doctor', function () {
  let home: Home

  setup(async () => {
    home = await Home.signedIn()
    home.environment.HOME = home.directory
  })

  teardown(() => home.remove())

  async function doctor(...words: string[]): Promise<{ code: number | null; findings: Finding[] }> {
    const { code, stdout } = await home.fob('doctor', '--json', ...words)
    return { code, findings: Diagnosis.parse(JSON.parse(stdout)).findings }
  }

  test('finds a fresh fob well, and a revoked grant with the way to mend it', async () => {
    assert.deepEqual(await doctor('sandbox'), { code: 0, findings: [] })
    await home.revokeAll()
    await home.fob('refresh', 'sandbox')
    // What was met is kept with the connection.
    await home.must('down')
    await home.must('up')
    const { code, findings } = await doctor('sandbox')
    assert.equal(code, 3)
    assert.deepEqual(
      findings.map(({ matter, urgency, fix }) => ({ matter, urgency, fix })),
      [{ matter: 'grant', urgency: 'person', fix: { kind: 'run', command: 'fob sign-in sandbox' } }],
    )
    assert.match(findings[0]?.evidence.join('\n') ?? '', /invalid_grant/)
    await home.signIn('sandbox')
    assert.deepEqual(await doctor('sandbox'), { code: 0, findings: [] })
  })

  test('says that there is no daemon, and starts none', async () => {
    await home.must('down')
    const { code, findings } = await doctor()
    assert.equal(code, 6)
    assert.equal(findings[0]?.matter, 'daemon')
    assert.equal((await home.fob('version', '--json')).stdout.includes('"daemon": null'), true)
  })

  test('a bundle of a fob that met trouble holds none of its secrets', async () => {
    await home.fault({
      endpoint: 'token',
      kind: 'status',
      status: 401,
      body: 'json',
      error: 'invalid_client',
    })
    await home.fob('refresh', 'sandbox')
    const file = join(home.directory, 'report.json')
    const { code } = await home.fob('doctor', '--bundle', file)
    assert.equal(code, 3)
    // What it holds of secrets is searched for with the rest of the home when that is removed.
    const bundle = readFileSync(file, 'utf8')
    assert.match(bundle, /invalid_client/)
    assert.match(bundle, /refresh failed/)
  })
})
