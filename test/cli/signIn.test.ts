import assert from 'node:assert/strict'
import type { ConsentOutcome } from '../../shared/contract/events.js'
import { connection, FakeDaemon, statusWith } from './fakeDaemon.js'
import { typed } from './typed.js'

const CONSENT = 'POST /v1/connections/work/consent'
const browser = {
  kind: 'browser',
  attempt: 'attempt-1',
  url: 'https://id.example.com/authorize?state=x',
  deadline: '2030-01-01T00:00:00.000Z',
  opened: false,
}

suite('cli/sign-in', () => {
  let daemon: FakeDaemon

  setup(async () => {
    daemon = await new FakeDaemon().start()
  })

  teardown(() => daemon.remove())

  const ended = (outcome: ConsentOutcome, attempt = 'attempt-1'): object => ({
    type: 'consentEnded',
    connection: 'work',
    attempt,
    outcome,
    message: outcome === 'granted' ? '' : 'the reason',
    fix: outcome === 'granted' ? '' : 'fob sign-in work',
  })

  /** Types it, and says `events` once something stands on standard output. */
  const signIn = (words: readonly string[], ...events: readonly object[]) => {
    let said = false
    return typed(['sign-in', 'work', ...words], {
      env: daemon.env,
      seen: () => {
        if (!said) for (const event of events) daemon.say(event)
        said = true
      },
    })
  }

  test('--no-browser prints the URL alone on the first line, and ends with 0 once granted', async () => {
    daemon.on(CONSENT, () => browser)
    const { code, out } = await signIn(['--no-browser'], ended('granted'))
    assert.deepEqual([code, out], [0, `${browser.url}\n`])
    assert.deepEqual(daemon.asked.at(-1)?.body, { open: false, preempt: false })
  })

  test('the daemon is asked to open a browser unless told otherwise', async () => {
    daemon.on(CONSENT, () => browser)
    await signIn([], ended('granted'))
    assert.deepEqual(daemon.asked.at(-1)?.body, { open: true, preempt: false })
  })

  test('the end of another attempt is not ours', async () => {
    daemon.on(CONSENT, () => browser)
    const { code } = await signIn(['--no-browser'], ended('denied', 'attempt-0'), ended('granted'))
    assert.equal(code, 0)
  })

  const exits: readonly (readonly [ConsentOutcome, number])[] = [
    ['denied', 3],
    ['deadline', 3],
    ['cancelled', 3],
    ['wrongAccount', 3],
    ['failed', 5],
  ]
  for (const [outcome, exit] of exits) {
    test(`a consent that ended as ${outcome} ends with ${exit}, the reason and the fix`, async () => {
      daemon.on(CONSENT, () => browser)
      const { code, err } = await signIn(['--no-browser'], ended(outcome))
      assert.equal(code, exit)
      assert.match(err, /fob: the reason\n {5}fix: fob sign-in work/)
    })
  }

  test('what may not be as it was meant is said, and it is done all the same', async () => {
    daemon.on(CONSENT, () => browser)
    const told = { ...ended('granted'), message: 'the reason', fix: 'fob sign-in work' }
    const { code, err } = await signIn(['--no-browser'], told)
    assert.equal(code, 0)
    assert.match(err, /note: the reason\n +fob sign-in work\n.* signed in to work/)
  })

  test('an end that comes before the answer is heard as well', async () => {
    daemon.on(CONSENT, () => {
      daemon.say(ended('granted'))
      return browser
    })
    assert.equal((await signIn(['--no-browser'])).code, 0)
  })

  test('--device prints the page and the code', async () => {
    daemon.on(CONSENT, () => ({
      kind: 'device',
      attempt: 'attempt-1',
      userCode: 'ABCD-EFGH',
      verificationUri: 'https://id.example.com/device',
      verificationUriComplete: null,
      deadline: '2030-01-01T00:00:00.000Z',
    }))
    const { code, out } = await signIn(['--device'], ended('granted'))
    assert.equal(code, 0)
    assert.equal(out, 'https://id.example.com/device\ncode: ABCD-EFGH\n')
    assert.deepEqual(daemon.asked.at(-1)?.body, { open: false, preempt: false, flow: 'device' })
  })

  test('client credentials need nobody: no URL, done at once', async () => {
    daemon.on(CONSENT, () => ({ kind: 'done', attempt: 'attempt-1', generation: 1 }))
    const { code, out } = await signIn([])
    assert.deepEqual([code, out], [0, ''])
  })

  test('Ctrl-C ends the consent at the daemon, and the command with 130', async () => {
    daemon.on(CONSENT, () => browser)
    daemon.on('DELETE /v1/connections/work/consent', () => ({ connection: 'work', state: 'signedOut' }))
    const { code } = await typed(['sign-in', 'work', '--no-browser'], {
      env: daemon.env,
      seen: () => process.emit('SIGINT', 'SIGINT'),
    })
    assert.equal(code, 130)
    assert.ok(daemon.lines.includes('DELETE /v1/connections/work/consent'))
  })

  test('a daemon that comes back without the consent ends the wait', async () => {
    daemon.on(CONSENT, () => browser)
    daemon.status = statusWith(connection('work', { state: 'signedOut' }))
    const again = { type: 'snapshot', status: daemon.status }
    const { code, err } = await signIn(['--no-browser'], again)
    assert.equal(code, 3)
    assert.match(err, /the daemon ended, and the consent with it/)
  })
})
