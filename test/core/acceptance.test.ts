import assert from 'node:assert/strict'
import { Acceptance } from '../../daemon/core/policy/acceptance.js'
import { Recorder } from '../../daemon/core/audit.js'
import { Policy } from '../../shared/contract/config.js'
import { Refusal } from '../../shared/contract/errors.js'
import { RecordingAudit } from '../fakes/brokerOnFakes.js'
import { FakeClock } from '../fakes/fakeClock.js'
import { FakeProcesses } from '../fakes/fakeProcesses.js'

const ASK = Policy.parse([{ decide: 'ask', connection: 'work' }])
/** A program in a terminal, the editor, and the background. */
const [TYPED, EDITOR, BACKGROUND] = [4242, 100, 9000]

suite('the rules in force', () => {
  const processes = new FakeProcesses()
  processes.run(BACKGROUND)
  let file: Policy
  let broken: Refusal | undefined
  let kept: Policy | null
  let acceptance: Acceptance
  let audit: RecordingAudit

  setup(async () => {
    file = []
    broken = undefined
    kept = null
    await start()
  })

  async function start(): Promise<void> {
    const quiet = (): void => undefined
    audit = new RecordingAudit()
    acceptance = new Acceptance({
      store: { load: async () => kept, save: async (policy) => void (kept = policy) },
      processes,
      recorder: new Recorder(audit, new FakeClock()),
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      offered: () => {
        if (broken !== undefined) throw broken
        return file
      },
      digestOf: (policy) => JSON.stringify(policy),
    })
    await acceptance.ready
  }

  const accept = (pid = TYPED, isLink = false): Promise<unknown> =>
    acceptance.accept(acceptance.state().digest, processes.caller(pid), isLink)

  test('are those that were accepted, whatever the file says now, also after a restart', async () => {
    file = ASK
    assert.deepEqual(acceptance.rules(), [])
    assert.equal(acceptance.state().accepted, false)
    await accept()
    assert.deepEqual(acceptance.rules(), ASK)
    file = []
    await start()
    assert.deepEqual(acceptance.rules(), ASK)
    assert.equal(acceptance.state().accepted, false)
    await accept()
    assert.deepEqual(acceptance.rules(), [])
    assert.equal(audit.entries.at(-1)?.event, 'accept')
  })

  test('are in trouble while the file has others, or cannot be understood, and in none once accepted', async () => {
    assert.equal(acceptance.trouble(), undefined)
    file = ASK
    assert.equal(acceptance.trouble()?.kind, 'waiting')
    await accept()
    assert.equal(acceptance.trouble(), undefined)
    broken = new Refusal('misconfigured', 'line 3', { fix: 'vi' })
    assert.deepEqual(acceptance.trouble(), { kind: 'malformed', reason: 'line 3', fix: 'vi' })
    assert.deepEqual(acceptance.rules(), ASK)
  })

  test('are exactly those that were shown', async () => {
    file = ASK
    const { digest } = acceptance.state()
    file = Policy.parse([{ decide: 'deny' }])
    const late = acceptance.accept(digest, processes.caller(TYPED), false)
    await assert.rejects(late, { code: 'bad_request', field: 'body.digest' })
    assert.deepEqual(acceptance.rules(), [])
  })

  test('are accepted in a terminal or in the editor, and not from the background', async () => {
    file = ASK
    await assert.rejects(accept(BACKGROUND), { code: 'refused_by_policy' })
    await assert.rejects(
      accept(TYPED, true).then(() => accept(BACKGROUND)),
      { code: 'refused_by_policy' },
    )
    file = []
    await accept(EDITOR, true)
    assert.deepEqual(acceptance.rules(), [])
  })
})
