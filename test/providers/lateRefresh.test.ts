/** Providers whose refresh ends the access token that callers hold: each refresh has to wait as long as it can. */
import assert from 'node:assert/strict'
import { FRESHNESS } from '../../daemon/core/lifecycle/freshness.js'
import { githubApp } from '../../daemon/providers/github.js'
import { gitlab } from '../../daemon/providers/gitlab.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import * as asGitHub from '../../daemon/sandbox/personalities/github.js'
import * as asGitLab from '../../daemon/sandbox/personalities/gitlab.js'
import type { Personality } from '../../daemon/sandbox/personalities/personality.js'
import { figure } from '../figures.js'
import { ProviderHouse } from './providerHouse.js'

const WEEK_MS = 7 * 86_400_000
const CALLERS = 20
/** Each caller asks every five minutes, one after the other. */
const STEP_MS = 300_000 / CALLERS

/** What callers want a token to live yet, in turn: scripts nothing, the editor a minute, a long push ten, a build an hour. */
const WANTED_MS = [0, 30_000, 60_000, 600_000, 3_600_000]

/** The last second of a life is not counted on, so the window ends before it. */
const WINDOW_MS = FRESHNESS.lateLeadMs + FRESHNESS.endMarginMs

interface Week {
  readonly refreshes: number
  /** Those that came while the access token before had longer to live than the late window. */
  readonly early: number
  /** Access tokens served that the provider did not take. */
  readonly dead: number
}

async function week(profile: ProviderProfile, personality: Personality): Promise<Week> {
  const house = await new ProviderHouse(profile, personality).open()
  try {
    await house.add('code')
    await house.signIn('code')
    let held = await house.lease()
    let [refreshes, early, dead] = [0, 0, 0]
    for (let passed = 0; passed < WEEK_MS; passed += STEP_MS) {
      await house.clock.advance(STEP_MS)
      await house.settled()
      const wanted = WANTED_MS[(passed / STEP_MS) % WANTED_MS.length]
      const lease = await house.lease({}, wanted)
      if (house.desk.scopesOf(lease.accessToken) === undefined) dead += 1
      if (lease.generation === held.generation) continue
      refreshes += lease.generation - held.generation
      const left = Date.parse(held.expiresAt ?? '') - house.clock.now()
      if (left > WINDOW_MS) early += 1
      held = lease
    }
    return { refreshes, early, dead }
  } finally {
    await house.close()
  }
}

suite('late refreshes', function () {
  this.timeout(120_000)

  for (const [profile, personality] of [
    [githubApp, asGitHub.githubApp],
    [gitlab, asGitLab.gitlab],
  ] as const) {
    test(`P3 a week of ${profile.name} with ${CALLERS} callers refreshes as late as it can`, async () => {
      const { refreshes, early, dead } = await week(profile, personality)
      const lives = WEEK_MS / 1_000 / (personality.rules.accessLifetimeS ?? 1)
      figure('P3', {
        value: early,
        bar: `0 early refreshes of ${profile.id}`,
        ok: early === 0,
        n: refreshes,
      })
      assert.equal(early, 0)
      assert.equal(dead, 0, 'an access token was served that the provider does not take')
      assert.ok(Math.abs(refreshes - lives) <= lives / 100 + 1, `${refreshes} refreshes in ${lives} lives`)
    })
  }
})
