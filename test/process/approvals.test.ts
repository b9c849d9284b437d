/** A rule of the person's, from fob.json to a program that waits, with the shipped programs. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { PendingApproval, StandingApproval } from '../../shared/contract/approvals.js'
import { Home, ROOT } from './home.js'

const Listed = z.object({ pending: z.array(PendingApproval), standing: z.array(StandingApproval) })

suite('a rule that makes programs ask', () => {
  let home: Home

  suiteSetup(async () => {
    home = await Home.signedIn()
  })

  suiteTeardown(() => home.remove())

  /** `fob` in a session of its own without a terminal, as a job runs it. */
  async function inBackground(...words: string[]): Promise<{ code: number | null; stdout: string }> {
    const child = spawn(process.execPath, [join(ROOT, 'daemon', 'fob.js'), ...words], {
      env: home.environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [stdout] = await Promise.all([text(child.stdout), once(child, 'exit')])
    return { code: child.exitCode, stdout }
  }

  /** Asks until somebody asks. */
  async function question(): Promise<PendingApproval> {
    for (;;) {
      const { pending } = Listed.parse(JSON.parse(await home.must('approvals', 'list', '--json')))
      if (pending[0] !== undefined) return pending[0]
    }
  }

  test('counts once it was accepted in a terminal, and then a program waits for the Yes', async () => {
    mkdirSync(join(home.directory, 'config'), { recursive: true })
    const policy = [{ decide: 'ask', connection: 'sandbox' }]
    writeFileSync(join(home.directory, 'config', 'fob.json'), JSON.stringify({ policy }))
    assert.notEqual(await home.token('sandbox'), '')
    assert.equal((await inBackground('config', 'accept')).code, 4)
    const waits = /1 rule of fob\.json is not in force until you accept it/
    assert.match(await home.must('status'), new RegExp(`settings +${waits.source}: fob config accept`))
    assert.match(await home.must('doctor'), new RegExp(`${waits.source}\\n +fix: fob config accept`))
    assert.match(await home.must('config', 'show'), /not in force\s+ask me before any program .* of sandbox/)
    assert.match(await home.typed('config', 'accept'), /Rules in force/)
    assert.doesNotMatch(await home.must('status'), /settings/)
    const waiting = inBackground('token', 'sandbox')
    const { id, caller } = await question()
    assert.equal(caller.executable, process.execPath)
    assert.match(await home.must('approvals', 'list'), /asks for an access token of sandbox; ends in/)
    assert.equal((await inBackground('approvals', 'allow', id)).code, 4)
    assert.match(await home.typed('approvals', 'allow', id, '--for', 'always'), /allowed for good/)
    const { code, stdout } = await waiting
    assert.equal(code, 0)
    assert.match(stdout, /\S{20,}/)
  })

  test('a file that is not understood is told, and nothing of what is in force goes', async () => {
    const file = join(home.directory, 'config', 'fob.json')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, '{ "policy": [ }')
    assert.match(await home.must('status'), /settings +.*fob\.json:1:\d+: not JSON: .*EDITOR/)
    const { code, stdout } = await home.fob('doctor')
    assert.equal(code, 3)
    assert.match(stdout, /fob\.json is not understood.*\n.*fob\.json:1:\d+/)
    writeFileSync(file, before)
    assert.doesNotMatch(await home.must('status'), /settings/)
  })

  test('is remembered by the next daemon, until it is forgotten', async () => {
    await home.must('down')
    await home.must('up')
    assert.notEqual(await home.token('sandbox'), '')
    const { standing } = Listed.parse(JSON.parse(await home.must('approvals', 'list', '--json')))
    await home.typed('approvals', 'forget', standing[0]?.id ?? '')
    const waiting = inBackground('token', 'sandbox')
    await home.typed('approvals', 'deny', (await question()).id)
    assert.equal((await waiting).code, 4)
  })
})
