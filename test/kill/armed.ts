/** Instants of a kill around the answer of a server that forgives nothing, drawn alike for whoever is killed. */
import type { Fraction } from '../seed.js'
import type { Home } from '../process/home.js'

/** The answer leaves in the middle of the span in which a kill may come, milliseconds. */
const SPAN_MS = 300
const ANSWER_MS = SPAN_MS / 2
/** A rotation is saved within this after its answer: half of the kills are aimed there. */
const SAVING_MS = 12

/** `answered` is undefined for a kill that counts from the answer itself. */
export interface Timing {
  readonly ms: number
  /** Committed at once or only just before the answer: both leave their kind of doubt. */
  readonly answered: 'before' | 'after' | undefined
}

export function strictTimings(fraction: Fraction): Timing {
  if (fraction() < 0.5) return { ms: Math.floor(fraction() * SAVING_MS), answered: undefined }
  const answered = fraction() < 0.5 ? 'before' : 'after'
  return { ms: Math.floor(fraction() * SPAN_MS), answered }
}

/** Lets the server kill these processes then, at their next refresh. */
export async function arm(home: Home, pids: readonly number[], { ms, answered }: Timing): Promise<void> {
  const aimed = { grantType: 'refresh_token', times: 1 }
  await home.clearFaults()
  if (answered !== undefined) await home.fault({ kind: 'delay', ms: ANSWER_MS, when: answered, ...aimed })
  const at = answered === undefined ? 'responded' : 'received'
  await home.fault({ kind: 'kill', pids: [...pids], at, ms, ...aimed })
}
