import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { seeded } from '../seed.js'
import type { Mutant } from './mutant.js'
import { mutants } from './table.js'
import { Workshop } from './workshop.js'

/** How many of all are tried in a short run; which ones is for the seed to say. */
const SHORT = 6

function chosen(): readonly Mutant[] {
  if (process.env.FOB_TEST_FULL) return mutants
  const { seed, fraction } = seeded()
  console.log(`FOB_SEED=${seed} chooses ${SHORT} of ${mutants.length} mutants`)
  const drawn = mutants.map((mutant) => ({ mutant, lot: fraction() })).sort((a, b) => a.lot - b.lot)
  return drawn.slice(0, SHORT).map(({ mutant }) => mutant)
}

suite('sabotage', function () {
  this.timeout(120_000)
  const tried = chosen()
  const survivors: string[] = []
  let workshop: Workshop

  suiteSetup(async () => void (workshop = await Workshop.open()))
  suiteTeardown(() => workshop?.close())

  suite('the tests that have to notice it are green without it', () => {
    const titles = new Map<string, Set<string>>()
    for (const { killedBy } of tried) {
      titles.set(killedBy.file, (titles.get(killedBy.file) ?? new Set()).add(killedBy.title))
    }
    for (const [file, named] of titles) test(`in ${file}`, () => workshop.proveGreen(file, [...named]))
  })

  suite('is noticed', () => {
    for (const mutant of tried) {
      test(`K16 ${mutant.name}, by “${mutant.killedBy.title}”`, async () => {
        // One that could not even be made has been noticed by nobody.
        const why = await workshop.survival(mutant).catch(String)
        if (why === undefined) return
        survivors.push(mutant.name)
        assert.fail(`“${mutant.name}” survived (${mutant.breaks}): ${why}`)
      })
    }
  })

  // A suite of its own, since mocha runs a suite's own tests before those of the suites in it.
  suite('in all', () => {
    test('K16 no sabotage survives', () => {
      const ok = survivors.length === 0
      figure('K16', { value: `${survivors.length} survived`, bar: '0 survived', ok, n: tried.length })
      assert.deepEqual(survivors, [])
    })
  })
})
