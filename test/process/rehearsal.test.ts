/** What a team does to rehearse: a stand-in for their provider, a connection to it, and then it goes wrong. */
import assert from 'node:assert/strict'
import { Home } from './home.js'

suite('rehearsing with a stand-in for a provider', () => {
  let home: Home

  suiteSetup(async () => void (home = await Home.make()))
  suiteTeardown(() => home.remove())
  teardown(() => home.must('sandbox', 'stop'))

  test('a grant revoked at night asks for a person in the morning, and one sign-in mends it', async () => {
    const started = await home.must('sandbox', 'start', '--personality', 'github-app')
    assert.match(started, /^sandbox as github-app running/)
    assert.match(started, /fob sandbox connect --personality github-app/)
    await home.must('sandbox', 'connect', '--personality', 'github-app')
    await home.signIn('github-app-sandbox')
    const { provider, account } = await home.connection('github-app-sandbox')
    assert.deepEqual([provider, account?.label], ['github-app', 'you@sandbox'])
    await home.must('refresh', 'github-app-sandbox')
    assert.match(await home.must('sandbox', 'revoke', '--personality', 'github-app'), /^1 ended/)
    assert.equal((await home.fob('refresh', 'github-app-sandbox')).code, 3)
    const { state, reason, fix } = await home.connection('github-app-sandbox')
    assert.deepEqual([state, fix], ['consentRequired', 'fob sign-in github-app-sandbox'])
    assert.match(reason, /bad_refresh_token|expired, revoked/)
    await home.signIn('github-app-sandbox')
    await home.must('sandbox', 'stop')
    await home.must('sandbox', 'start', '--personality', 'github-app')
    await home.must('refresh', 'github-app-sandbox')
  })

  test('an outage, seen in the ledger, and both kinds of sandbox side by side', async () => {
    await home.must('sandbox', 'start')
    await home.must('sandbox', 'start', '--personality', 'gitlab')
    await home.must('sandbox', 'connect', '--personality', 'gitlab', '--name', 'work')
    await home.signIn('work')
    assert.match(await home.must('status', '--claims'), /^work +groups +fob\/testers\n$/)
    await home.must(
      'sandbox',
      'fault',
      'status',
      '--status',
      '503',
      '--times',
      '1',
      '--personality',
      'gitlab',
    )
    assert.equal((await home.fob('refresh', 'work')).code, 5)
    assert.match(
      await home.must('sandbox', 'ledger', '--personality', 'gitlab'),
      /refresh_token +503 .*status/,
    )
    await home.must('refresh', 'work')
    const all = JSON.parse(await home.must('sandbox', 'status', '--json')) as {
      personality: unknown
      personalities: { personality: unknown }[]
    }
    assert.equal(all.personality, null)
    assert.deepEqual(
      all.personalities.map(({ personality }) => personality),
      ['gitlab'],
    )
    await home.must('sandbox', 'stop', '--personality', 'gitlab')
    assert.match(await home.must('sandbox', 'status'), /^sandbox running/)
    assert.equal((await home.fob('sandbox', 'heal', '--personality', 'gitlab')).code, 1)
  })

  test('a pretended revocation is met by scripts, and a restart ends it', async () => {
    await home.must('sandbox', 'start')
    await home.must('sandbox', 'connect')
    await home.signIn('sandbox')
    const { accessToken } = await home.lease('sandbox')
    const received = (await home.ledger()).received
    assert.match(await home.must('simulate', 'sandbox', 'revoke', '--for', '1h'), /over in 59 min/)
    assert.equal((await home.fob('token', 'sandbox')).code, 3)
    assert.match(await home.must('status'), /revoked.*\(simulated\)[^]*simulated revoke, over in 59 min/)
    assert.match(await home.must('audit'), /simulate sandbox {2}revoke/)
    assert.equal((await home.ledger()).received, received, 'the provider was asked something')
    await home.must('down')
    assert.equal(await home.token('sandbox'), accessToken)
    assert.equal((await home.connection('sandbox')).state, 'active')
  })
})
