/**
 * Judges a storm of starts over one state by what could be seen from outside:
 * - between the word of one owner that it serves and its end, no other says so, and its socket stays in place;
 * - one process at most holds the lock, and while an owner serves only it answers;
 * - a start that leaves the state to another names one that had not ended by then, and none is refused.
 * Pure: facts in, faults out. Instants are of one monotonic clock, milliseconds.
 */
export type Seen =
  | { readonly kind: 'started'; readonly at: number; readonly pid: number }
  /** It said that it serves. */
  | { readonly kind: 'owner'; readonly at: number; readonly pid: number }
  /** It said that `by` serves already. */
  | { readonly kind: 'already'; readonly at: number; readonly pid: number; readonly by: number }
  | { readonly kind: 'refused'; readonly at: number; readonly pid: number; readonly why: string }
  /** A signal that ends it was sent. */
  | { readonly kind: 'ending'; readonly at: number; readonly pid: number }
  | { readonly kind: 'gone'; readonly at: number; readonly pid: number }
  | Look

/** What one look from outside showed. */
export interface Look {
  readonly kind: 'look'
  /** When it began; it was over at `at`. */
  readonly begun: number
  readonly at: number
  /** Device and number of the socket's file, before and after asking. */
  readonly sockets: readonly [string | undefined, string | undefined]
  /** Who said hello; undefined when nobody did. */
  readonly answered: number | undefined
  readonly holders: readonly number[]
}

interface Reign {
  readonly pid: number
  readonly from: number
  readonly to: number
}

export function faultsOfOwners(seen: readonly Seen[]): string[] {
  const reigns = reignsIn(seen)
  const looks = seen.filter((event) => event.kind === 'look')
  return [
    ...seen.flatMap((event) =>
      event.kind === 'refused' ? [`start ${event.pid} was refused: ${event.why}`] : [],
    ),
    ...overlaps(reigns),
    ...looks.flatMap(({ holders }) =>
      holders.length > 1 ? [`the lock is held by ${holders.join(' and ')}`] : [],
    ),
    ...reigns.flatMap((reign) => faultsIn(reign, looks)),
    ...wronglyNamed(seen),
  ]
}

/** From its word to the first sign of its end: what was in between is certain, whatever the scheduler does. */
function reignsIn(seen: readonly Seen[]): Reign[] {
  return seen.flatMap((event) => {
    if (event.kind !== 'owner') return []
    const { pid, at: from } = event
    const end = seen.find((other) => (other.kind === 'ending' || other.kind === 'gone') && other.pid === pid)
    return [{ pid, from, to: end?.at ?? Infinity }]
  })
}

function overlaps(reigns: readonly Reign[]): string[] {
  return reigns.flatMap((reign, index) =>
    reigns
      .slice(index + 1)
      .filter((other) => other.from < reign.to && reign.from < other.to)
      .map((other) => `${reign.pid} and ${other.pid} both serve`),
  )
}

function faultsIn({ pid, from, to }: Reign, looks: readonly Look[]): string[] {
  const during = looks.filter(({ begun, at }) => begun >= from && at <= to)
  const sockets = new Set(during.flatMap((look) => look.sockets))
  const strangers = during.filter(({ answered }) => answered !== undefined && answered !== pid)
  return [
    ...(sockets.size > 1 ? [`the socket of ${pid} was ${[...sockets].map(String).join(', then ')}`] : []),
    ...(sockets.has(undefined) ? [`the socket of ${pid} was removed while it served`] : []),
    ...strangers.map(({ answered }) => `${answered} answered while ${pid} served`),
  ]
}

function wronglyNamed(seen: readonly Seen[]): string[] {
  return seen.flatMap((event) => {
    if (event.kind !== 'already') return []
    const { pid, by } = event
    const begun = seen.find((other) => other.kind === 'started' && other.pid === pid)?.at ?? -Infinity
    const known = seen.some((other) => other.kind === 'started' && other.pid === by)
    const ended = seen.find((other) => other.kind === 'gone' && other.pid === by)?.at ?? Infinity
    return known && ended > begun ? [] : [`start ${pid} left the state to ${by}, which was not there`]
  })
}
