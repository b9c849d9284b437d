/**
 * The life of a client's event link, as a pure machine: (state, event, random) → next state and effects.
 * Invariants: one connection at a time; news of an earlier connection changes nothing; after `stop` nothing
 * is opened any more. The daemon sends a snapshot first on each connection, so a link that was down catches up.
 *
 * | from          | event             | to                     | effects        |
 * |---------------|-------------------|------------------------|----------------|
 * | idle          | start             | connecting(0)          | open           |
 * | connecting(n) | opened            | connected              |                |
 * | connecting(n) | closed            | awaitingRetry(n + 1)   | wait           |
 * | connected     | closed            | awaitingRetry(0)       | wait           |
 * | awaitingRetry | retryDue          | connecting(n)          | open           |
 * | any           | stop              | stopped                | close / cancel |
 */

export type LinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting'; readonly link: number; readonly failures: number }
  | { readonly kind: 'connected'; readonly link: number }
  | { readonly kind: 'awaitingRetry'; readonly link: number; readonly failures: number; readonly ms: number }
  | { readonly kind: 'stopped' }

/** `link` says which connection the news is of. */
export type LinkEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'opened'; readonly link: number }
  | { readonly kind: 'closed'; readonly link: number }
  | { readonly kind: 'retryDue' }
  | { readonly kind: 'stop' }

export type LinkEffect =
  | { readonly kind: 'open'; readonly link: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'cancelWait' }

interface LinkStep {
  readonly state: LinkState
  readonly effects: readonly LinkEffect[]
}

export const LINK_BACKOFF = Object.freeze({
  /** A daemon that is replaced is back within this. */
  firstMs: 100,
  /** So that a daemon started by somebody else is noticed while a person still looks. */
  mostMs: 10_000,
})

export const idle: LinkState = { kind: 'idle' }

/** Half fixed, half random (`fraction` in [0, 1)), so that many windows do not come back in one instant. */
export function backoffMs(failures: number, fraction: number): number {
  const full = Math.min(LINK_BACKOFF.mostMs, LINK_BACKOFF.firstMs * 2 ** failures)
  return Math.round(full / 2 + (full / 2) * fraction)
}

const stay = (state: LinkState): LinkStep => ({ state, effects: [] })

const connect = (link: number, failures: number): LinkStep => ({
  state: { kind: 'connecting', link, failures },
  effects: [{ kind: 'open', link }],
})

function awaitRetry(link: number, failures: number, fraction: number): LinkStep {
  const ms = backoffMs(failures, fraction)
  return { state: { kind: 'awaitingRetry', link, failures, ms }, effects: [{ kind: 'wait', ms }] }
}

function stop(state: LinkState): LinkStep {
  const stopped: LinkState = { kind: 'stopped' }
  if (state.kind === 'awaitingRetry') return { state: stopped, effects: [{ kind: 'cancelWait' }] }
  const open = state.kind === 'connecting' || state.kind === 'connected'
  return { state: stopped, effects: open ? [{ kind: 'close' }] : [] }
}

/** `fraction` is a fresh random number, at least 0 and less than 1. */
export function advanceLink(state: LinkState, event: LinkEvent, fraction: number): LinkStep {
  switch (event.kind) {
    case 'start':
      return state.kind === 'idle' ? connect(1, 0) : stay(state)
    case 'opened':
      return state.kind === 'connecting' && state.link === event.link
        ? stay({ kind: 'connected', link: state.link })
        : stay(state)
    case 'closed':
      if (state.kind === 'connected' && state.link === event.link) return awaitRetry(state.link, 0, fraction)
      if (state.kind === 'connecting' && state.link === event.link) {
        return awaitRetry(state.link, state.failures + 1, fraction)
      }
      return stay(state)
    case 'retryDue':
      return state.kind === 'awaitingRetry' ? connect(state.link + 1, state.failures) : stay(state)
    case 'stop':
      return stop(state)
  }
}
