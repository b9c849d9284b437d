import { figure } from '../figures.js'
import { signedIn } from '../fakes/storedConnection.js'
import { VaultState } from '../fakes/vaultState.js'
import { FULL, interleaved, keep, median, type Trial } from './measuring.js'
import { fill, nameOfNth } from './ownDaemon.js'

const SIZES = [1, 50, 200]
const ROUNDS = FULL ? 2_000 : 200
const WARM_UP = 20
/** Flat, less what the machine's own noise makes of two equal medians. */
const BAR = 1.25

suite('writing a connection', function () {
  this.timeout(300_000)
  const states: VaultState[] = []
  suiteTeardown(() => states.forEach((state) => state.remove()))

  test('B10 takes as long with two hundred connections as with one', async () => {
    const trials: Record<string, Trial> = {}
    for (const size of SIZES) {
      const state = new VaultState()
      states.push(state)
      const vault = await fill(state.path, size)
      let generation = 3
      trials[size] = () => vault.commit(signedIn(nameOfNth(0), generation++))
    }
    const times = await interleaved(trials, ROUNDS, WARM_UP)
    keep('stateWrite', times)
    const base = median(times[1])
    const worst = Math.max(...SIZES.map((size) => median(times[size]) / base))
    const each = SIZES.map((size) => `${median(times[size]).toFixed(2)} ms with ${size}`).join(', ')
    const value = `state write ${worst.toFixed(2)} × (${each})`
    figure('B10', { value, bar: `flat: ${BAR} ×`, ok: worst <= BAR, n: ROUNDS })
  })
})
