import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import {
  advanceLink,
  backoffMs,
  idle,
  LINK_BACKOFF,
  type LinkEffect,
  type LinkEvent,
  type LinkState,
} from '../../shared/client/link.js'

const connecting: LinkState = { kind: 'connecting', link: 3, failures: 2 }
const connected: LinkState = { kind: 'connected', link: 3 }
const waiting: LinkState = { kind: 'awaitingRetry', link: 3, failures: 2, ms: 200 }
const stopped: LinkState = { kind: 'stopped' }

const opened: LinkEvent = { kind: 'opened', link: 3 }
const closed: LinkEvent = { kind: 'closed', link: 3 }

/** Each state with each event; what is not listed stays as it is, without effects. */
const rows: readonly (readonly [LinkState, LinkEvent, LinkState, readonly LinkEffect[]])[] = [
  [idle, { kind: 'start' }, { kind: 'connecting', link: 1, failures: 0 }, [{ kind: 'open', link: 1 }]],
  [connecting, opened, connected, []],
  [
    connecting,
    closed,
    { kind: 'awaitingRetry', link: 3, failures: 3, ms: backoffMs(3, 0.5) },
    [{ kind: 'wait', ms: backoffMs(3, 0.5) }],
  ],
  [
    connected,
    closed,
    { kind: 'awaitingRetry', link: 3, failures: 0, ms: backoffMs(0, 0.5) },
    [{ kind: 'wait', ms: backoffMs(0, 0.5) }],
  ],
  [waiting, { kind: 'retryDue' }, { kind: 'connecting', link: 4, failures: 2 }, [{ kind: 'open', link: 4 }]],
  [idle, { kind: 'stop' }, stopped, []],
  [connecting, { kind: 'stop' }, stopped, [{ kind: 'close' }]],
  [connected, { kind: 'stop' }, stopped, [{ kind: 'close' }]],
  [waiting, { kind: 'stop' }, stopped, [{ kind: 'cancelWait' }]],
]

const states = [idle, connecting, connected, waiting, stopped]
const events: readonly LinkEvent[] = [
  { kind: 'start' },
  opened,
  { kind: 'opened', link: 2 },
  closed,
  { kind: 'closed', link: 2 },
  { kind: 'retryDue' },
  { kind: 'stop' },
]

suite('client/link', () => {
  for (const state of states) {
    for (const event of events) {
      const row = rows.find(([from, on]) => from === state && isDeepStrictEqual(on, event))
      const of = 'link' in event ? ` of ${event.link === 3 ? 'this' : 'an earlier'} connection` : ''
      const to = row ? row[2].kind : state.kind
      test(`${state.kind} + ${event.kind}${of} → ${to}`, () => {
        const step = advanceLink(state, event, 0.5)
        const expected = row ? { state: row[2], effects: row[3] } : { state, effects: [] }
        assert.deepEqual(step, expected)
      })
    }
  }

  test('waits grow, stay within the limit, and are never all alike', () => {
    assert.equal(backoffMs(0, 0), LINK_BACKOFF.firstMs / 2)
    for (let failures = 0; failures < 2_000; failures++) {
      const [least, most] = [backoffMs(failures, 0), backoffMs(failures, 0.999)]
      assert.ok(least < most && most <= LINK_BACKOFF.mostMs, `after ${failures} failures`)
    }
  })

  test('whatever happens, at most one connection is open and none after stop', () => {
    const anyEvent = fc.oneof(
      fc.constantFrom<LinkEvent>({ kind: 'start' }, { kind: 'retryDue' }, { kind: 'stop' }),
      fc.record({
        kind: fc.constantFrom('opened' as const, 'closed' as const),
        link: fc.integer({ min: 1, max: 6 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (history) => {
        let state: LinkState = idle
        let open = 0
        for (const event of history) {
          const before: LinkState = state
          const step = advanceLink(state, event, 0.3)
          state = step.state
          const ends = event.kind === 'closed' && 'link' in before && before.link === event.link
          if (ends && (before.kind === 'connecting' || before.kind === 'connected')) open--
          for (const effect of step.effects) {
            if (effect.kind === 'open') open++
            if (effect.kind === 'close') open--
            assert.notEqual(before.kind, 'stopped')
          }
          assert.ok(open === 0 || open === 1, JSON.stringify(history))
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
