import assert from 'node:assert/strict'
import type { ApprovalAnswer } from '../../shared/contract/approvals.js'
import { ConnectionName, Scope } from '../../shared/contract/ids.js'
import { Approvals, ASK_MS } from '../../daemon/core/policy/approvals.js'
import { Recorder } from '../../daemon/core/audit.js'
import type { Random } from '../../daemon/core/ports.js'
import type { Want } from '../../daemon/core/policy/question.js'
import { Terminals } from '../../daemon/core/policy/terminals.js'
import { RecordingAudit } from '../fakes/brokerOnFakes.js'
import { FakeClock } from '../fakes/fakeClock.js'
import { FakeProcesses } from '../fakes/fakeProcesses.js'
import { CountingRandom, MemoryApprovals } from '../fakes/memoryApprovals.js'

const OWNER = 1000
/** The editor, without a terminal of its own. */
const EDITOR = 100
const SHELL = 4000
const TYPED = 4242
/** Another terminal, which has nothing to do with that one. */
const OTHER = 5000
const GIT = '/usr/bin/git'

suite('questions to the person', () => {
  let clock: FakeClock
  let processes: FakeProcesses
  let terminals: Terminals
  let store: MemoryApprovals
  let audit: RecordingAudit
  let approvals: Approvals

  setup(async () => {
    clock = new FakeClock()
    processes = new FakeProcesses()
    processes.run(OTHER, { parent: EDITOR, tty: 34817 })
    terminals = new Terminals(processes, OWNER)
    terminals.register(SHELL, '/home/ada/work')
    store = new MemoryApprovals()
    await start()
  })

  async function start(random: Random = new CountingRandom()): Promise<void> {
    const quiet = (): void => undefined
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
    audit = new RecordingAudit()
    const recorder = new Recorder(audit, clock)
    approvals = new Approvals({ clock, random, processes, terminals, recorder, log, store })
    // Until what was said before is read, everybody waits for that.
    await new Promise((resolve) => setImmediate(resolve))
  }

  const want = (differs: Partial<Want> = {}, executable = GIT, pid = TYPED): Want => ({
    caller: processes.caller(pid, executable),
    connection: ConnectionName.parse('work'),
    action: 'lease',
    scopes: [],
    ...differs,
  })

  /** Somebody asks and waits; `outcome` is what they hear. */
  function asking(wanted: Want): { readonly outcome: Promise<string>; leave(): void } {
    const asked = approvals.ask(wanted)
    assert.ok(asked, 'it was not asked about')
    const outcome = asked.answered.then(
      () => 'yes',
      (error: Error) => error.message,
    )
    return { outcome, leave: () => asked.leave() }
  }

  const say = (answer: ApprovalAnswer, pid = EDITOR, isLink = pid === EDITOR): Promise<void> => {
    const [question] = approvals.pending()
    assert.ok(question, 'there is no question')
    return approvals.answer(question.id, answer, processes.caller(pid), isLink)
  }

  test('name caller, connection, scopes, and the folder of the terminal', () => {
    asking(want({ scopes: [Scope.parse('repo')] }))
    const [question] = approvals.pending()
    assert.deepEqual(question && { ...question, id: '' }, {
      id: '',
      connection: 'work',
      action: 'lease',
      scopes: ['repo'],
      caller: { uid: OWNER, pid: TYPED, executable: GIT },
      folder: '/home/ada/work',
      inTerminal: true,
      until: new Date(clock.now() + ASK_MS).toISOString(),
    })
  })

  test('name the folder also of a terminal that is registered after its first program asked', () => {
    asking(want({}, GIT, OTHER))
    assert.equal(approvals.pending()[0]?.folder, '')
    terminals.register(OTHER, '/home/ada/other')
    assert.equal(approvals.pending()[0]?.folder, '/home/ada/other')
  })

  test('have a name that no command takes for an option', async () => {
    const id = (): string => '-A-bcdefghijk'
    await start({ fraction: () => 0, id })
    asking(want())
    assert.equal(approvals.pending()[0]?.id, 'xAxbcdef')
  })

  test('equal ones of a terminal are one, and one Yes serves all who wait, and nobody later', async () => {
    const both = [asking(want()), asking(want())]
    assert.equal(approvals.pending().length, 1)
    await say('once')
    assert.deepEqual(await Promise.all(both.map(({ outcome }) => outcome)), ['yes', 'yes'])
    assert.ok(approvals.ask(want()), 'once was for longer')
  })

  test('a Yes for once that nobody waited for any more serves the next who asks, once', async () => {
    asking(want()).leave()
    await say('once')
    assert.equal(approvals.ask(want()), undefined)
    assert.ok(approvals.ask(want()))
  })

  test('silence is a No after a minute, and the question is gone', async () => {
    const { outcome } = asking(want())
    await clock.advance(ASK_MS + 10_000)
    assert.match(await outcome, /nobody answered/)
    assert.deepEqual(approvals.pending(), [])
  })

  test('No is a No for this time, Never for this program, until it is forgotten', async () => {
    const first = asking(want())
    await say('refuse')
    assert.match(await first.outcome, /you said No/)
    const second = asking(want())
    await say('never')
    assert.match(await second.outcome, /you said Never/)
    assert.throws(() => approvals.ask(want()), { code: 'refused_by_policy' })
    assert.ok(approvals.ask(want({}, '/usr/bin/curl')), 'another program was not asked about')
    const [standing] = approvals.standing()
    assert.ok(standing)
    await approvals.answer(standing.id, 'forget', processes.caller(EDITOR), true)
    assert.ok(approvals.ask(want()), 'it is asked about again')
  })

  test('a Yes for the terminal is for every program in it, and ends with it', async () => {
    asking(want())
    await say('terminal')
    assert.equal(approvals.ask(want({}, '/usr/bin/curl')), undefined)
    assert.ok(approvals.ask(want({}, GIT, OTHER)), 'another terminal was not asked about')
    assert.deepEqual(store.kept, [], 'a terminal does not outlive the daemon')
    processes.end(SHELL)
    processes.run(SHELL, { startTime: 7, tty: 34816 })
    processes.run(TYPED, { startTime: 7, session: SHELL, tty: 34816 })
    assert.ok(approvals.ask(want()), 'a later terminal of the same number was not asked about')
  })

  test('Always is for this program, this connection, these scopes, and outlives the daemon', async () => {
    const scopes = [Scope.parse('repo'), Scope.parse('user')]
    asking(want({ scopes }))
    await say('always')
    await start()
    assert.equal(approvals.ask(want({ scopes: [Scope.parse('user')] })), undefined)
    assert.ok(approvals.ask(want({ scopes: [Scope.parse('admin')] })))
    assert.ok(approvals.ask(want()), 'all scopes are more than these')
    assert.ok(approvals.ask(want({ connection: ConnectionName.parse('play'), scopes })))
    assert.ok(approvals.ask(want({ action: 'refresh', scopes })))
    assert.ok(approvals.ask(want({ scopes }, '/tmp/git')))
  })

  test('an answer that cannot be kept does not count', async () => {
    store.fault = new Error('the disk is full')
    asking(want())
    await assert.rejects(say('always'), /disk is full/)
    assert.equal(approvals.pending().length, 1)
    assert.deepEqual(approvals.standing(), [])
  })

  test('an answer counts from the editor and from another terminal, and is recorded', async () => {
    const { outcome } = asking(want())
    await say('once', OTHER)
    assert.equal(await outcome, 'yes')
    const last = audit.entries.at(-1)
    assert.deepEqual(
      [last?.event, last?.outcome, last?.connection, last?.caller?.pid],
      ['approval', 'once', 'work', OTHER],
    )
  })

  const UNFIT: ReadonlyArray<readonly [string, (machine: FakeProcesses) => number, boolean]> = [
    ['the asker itself', () => TYPED, false],
    ['its own terminal', () => SHELL, false],
    ['a terminal that was started from it', (m) => m.run(6000, { parent: TYPED, tty: 34818 }).pid, false],
    ['the background', (m) => m.run(6000, { parent: 1 }).pid, false],
    ['a program in a terminal that listens as an editor does', () => TYPED, true],
    ['an editor that was started from its terminal', (m) => m.run(6000, { parent: TYPED }).pid, true],
    ['a process that is gone', () => 6000, true],
  ]
  for (const [who, pidOn, isLink] of UNFIT) {
    test(`an answer does not count from ${who}`, async () => {
      asking(want())
      await assert.rejects(say('always', pidOn(processes), isLink), { code: 'refused_by_policy' })
      assert.equal(approvals.pending().length, 1)
    })
  }

  test('what the editor itself started may ask it', async () => {
    processes.run(6000, { parent: EDITOR, session: EDITOR })
    const { outcome } = asking(want({}, GIT, 6000))
    await say('once')
    assert.equal(await outcome, 'yes')
  })

  test('an answer to nobody, and one that does not fit the question, name what is wrong', async () => {
    processes.run(6000, { parent: EDITOR, session: EDITOR })
    asking(want({}, '', 6000))
    await assert.rejects(say('terminal'), { code: 'bad_request', field: 'body.answer' })
    await assert.rejects(say('always'), { code: 'bad_request', field: 'body.answer' })
    const [question] = approvals.pending()
    assert.ok(question)
    await say('once')
    const again = approvals.answer(question.id, 'once', processes.caller(EDITOR), true)
    await assert.rejects(again, { code: 'bad_request', field: 'body.id' })
  })

  test('more questions than a person can answer are refused', () => {
    for (let pid = 7000; pid < 7032; pid++) {
      processes.run(pid)
      asking(want({}, GIT, pid))
    }
    processes.run(7032)
    assert.throws(() => approvals.ask(want({}, GIT, 7032)), /too many questions/)
  })
})
