/** Every provider that has a server, rehearsed as people do it: by typing. */
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { cast } from '../../daemon/sandbox/personalities/cast.js'
import type { Personality } from '../../daemon/sandbox/personalities/personality.js'
import { seeded } from '../seed.js'
import { Home } from './home.js'

/** Of the cast in a short run; FOB_TEST_FULL takes all. */
const SOME = 4

/** Short enough to see expire, long enough to be signed in to on a busy machine. */
const LIFE_S = 6

/** Those whose access tokens a refresh renews: of the others the end is the end. */
const renews = ({ rules }: Personality): boolean => rules.refresh !== 'none'

function drawn(): readonly Personality[] {
  if (process.env.FOB_TEST_FULL) return cast
  const { seed, fraction } = seeded()
  const some = cast
    .map((personality) => ({ personality, rank: fraction() }))
    .sort((one, other) => one.rank - other.rank)
    .slice(0, SOME)
    .map(({ personality }) => personality)
  console.log(`rehearsed: ${some.map(({ id }) => id).join(', ')}; FOB_SEED=${seed} repeats this draw`)
  return some
}

suite('rehearsing with each provider', function () {
  this.timeout(180_000)
  let home: Home

  setup(async () => void (home = await Home.make()))
  teardown(() => home.remove())

  test('each is played, connected and signed in to by three commands, and serves beyond an expiry', async () => {
    const played = drawn()
    for (const personality of played) await begin(personality)
    await pause(LIFE_S * 1_000)
    for (const personality of played.filter(renews)) await outlived(personality.id)
    const { connections } = await home.status()
    assert.deepEqual(
      connections
        .filter(({ state }) => state !== 'active' && state !== 'refreshing')
        .map(({ name, state }) => [name, state]),
      [],
    )
  })

  async function begin(personality: Personality): Promise<void> {
    const { id } = personality
    const life = renews(personality) ? ['--lifetime', String(LIFE_S)] : []
    const started = await home.must('sandbox', 'start', '--personality', id, ...life)
    assert.match(started, new RegExp(`^sandbox as ${id} running`))
    assert.match(
      await home.must('sandbox', 'connect', '--personality', id),
      new RegExp(`added ${id}-sandbox`),
    )
    const { flow } = await home.connection(`${id}-sandbox`)
    if (flow === 'client-credentials') await home.must('sign-in', `${id}-sandbox`)
    else await home.signIn(`${id}-sandbox`)
  }

  /** What is served was renewed, and the sandbox was asked for it. */
  async function outlived(id: string): Promise<void> {
    const { accessToken, generation } = await home.lease(`${id}-sandbox`)
    assert.ok(generation > 1, `${id}: nothing was renewed`)
    assert.notEqual(accessToken, '', id)
  }
})
