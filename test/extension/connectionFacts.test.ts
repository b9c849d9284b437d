import assert from 'node:assert/strict'
import { factsOf, recentCallers } from '../../extension/connectionFacts.js'
import { say } from '../../extension/wording/say.js'
import { entry } from './entries.js'
import { connection, inMs, NOW } from './statuses.js'

const MINUTE = 60_000

suite('what the tree tells of a connection', () => {
  test('programs are named once with when, of whatever day, the latest first, and only those of this connection', () => {
    const others = entry('lease', -1000, { connection: 'play', by: '/bin/other' })
    const refused = entry('lease', -1000, { outcome: 'refused_by_policy', by: '/bin/no' })
    const [daysAgo, justNow] = [-50 * 60 * MINUTE, -5 * MINUTE]
    const entries = [
      entry('lease', -70 * 60 * MINUTE),
      entry('lease', daysAgo),
      entry('lease', justNow, { by: '/usr/bin/curl' }),
      others,
      refused,
    ]
    assert.deepEqual(recentCallers(entries, 'work'), [
      { program: 'curl', at: inMs(justNow) },
      { program: 'git', at: inMs(daysAgo) },
    ])
    const used = factsOf(connection(), entries, NOW).find(({ label }) => label === 'Used by')
    assert.equal(used?.value, 'curl 5 min ago, git 2 days ago')
  })

  test('scopes granted stand against those asked and not granted', () => {
    const facts = factsOf(connection({ scopesAsked: ['openid', 'email', 'repo'] }), [], NOW)
    const valueOf = (label: string): string | undefined => facts.find((fact) => fact.label === label)?.value
    assert.equal(valueOf('Scopes granted'), 'openid email')
    assert.equal(valueOf('Asked, not granted'), 'repo')
  })

  test('what will need a person is told with what settles it', () => {
    const fix = 'fob provider rotate-secret work'
    const needsYouBy = {
      at: inMs(60_000),
      matter: 'client',
      why: 'the client secret ends',
      known: 'named',
      fix,
    }
    const [soon, help] = factsOf(connection({ needsYouBy }), [], NOW)
    assert.match(soon?.value ?? '', /^needs you by (today|tomorrow).*: the client secret ends$/)
    assert.equal(help?.value, fix)
    assert.match(
      say.neededSoon(connection({ needsYouBy }), NOW),
      /^work needs you by .*: the client secret ends\.$/,
    )
  })

  test('trouble is told with its reason, what helps and the next try', () => {
    const trouble = { state: 'retrying', reason: 'no network', fix: 'fob refresh work', retryAt: inMs(9_500) }
    const facts = factsOf(connection(trouble), [], NOW).slice(0, 3)
    assert.deepEqual(
      facts.map(({ value }) => value),
      ['no network', 'fob refresh work', 'in 10 s'],
    )
  })
})
