import assert from 'node:assert/strict'
import {
  dueInMs,
  FRESHNESS,
  isServable,
  leadMs,
  outlives,
  remainingMs,
} from '../../daemon/core/lifecycle/freshness.js'
import { grant, NOW } from './lifecycleCases.js'

const at = (ms: number, monotonic = ms) => ({ now: NOW + ms, monotonic })
/** What is not counted on at the end of a life of a minute. */
const MARGIN = FRESHNESS.endMarginMs
const lasting = (lifetimeMs: number | null, issuedMonotonic: number | null = 0) => ({
  ...grant(1, { issuedAt: NOW, expiresAt: lifetimeMs === null ? null : NOW + lifetimeMs }),
  issuedMonotonic,
})

suite('freshness', () => {
  test('what is left is the less of what both clocks say', () => {
    const held = lasting(60_000)
    assert.equal(remainingMs(held, at(10_000)), 50_000 - MARGIN)
    assert.equal(remainingMs(held, at(50_000, 10_000)), 10_000 - MARGIN)
    assert.equal(remainingMs(held, at(-50_000, 10_000)), 50_000 - MARGIN)
  })

  test('after a restart the wall clock alone counts', () => {
    assert.equal(remainingMs(lasting(60_000, null), at(10_000, 5)), 50_000 - MARGIN)
  })

  test('the last second is not counted on, since servers count in whole ones; of a short life, half', () => {
    assert.equal(isServable(lasting(60_000), at(60_000 - MARGIN)), false)
    assert.equal(isServable(lasting(60_000), at(60_000 - MARGIN - 1)), true)
    assert.equal(isServable(lasting(1_000), at(499)), true)
    assert.equal(isServable(lasting(1_000), at(500)), false)
  })

  test('a clock far before the time of issue makes the age unknown', () => {
    const held = lasting(60_000)
    assert.ok(remainingMs(held, at(-FRESHNESS.clockToleranceMs, 0)) > 0)
    assert.equal(remainingMs(held, at(-FRESHNESS.clockToleranceMs - 1, 0)), 0)
  })

  test('a token without an end is always good, also under a clock set back', () => {
    assert.equal(remainingMs(lasting(null), at(-1e9)), Infinity)
    assert.equal(dueInMs(lasting(null), at(1e12), false), Infinity)
  })

  test('nothing, the expired and the rejected are not servable', () => {
    assert.equal(isServable(null, at(0)), false)
    assert.equal(isServable(lasting(60_000), at(60_000)), false)
    assert.equal(isServable({ ...lasting(60_000), rejected: true }, at(0)), false)
    assert.equal(isServable(lasting(60_000), at(58_999)), true)
  })

  test('to outlive means longer than asked, and no time asked is any life at all', () => {
    assert.equal(outlives(lasting(60_000), at(0), 59_999 - MARGIN), true)
    assert.equal(outlives(lasting(60_000), at(0), 60_000 - MARGIN), false)
    assert.equal(outlives(lasting(60_000), at(59_999 - MARGIN), 0), true)
    assert.equal(outlives(null, at(0), 0), false)
  })

  test('the lead is a fifth of the life, at most ten minutes, and late where a refresh ends the old token', () => {
    const lead = (lifetimeMs: number | null, late = false) => leadMs(lasting(lifetimeMs).facts, late)
    assert.equal(lead(60_000), 12_000)
    assert.equal(lead(86_400_000), FRESHNESS.leadMaxMs)
    assert.equal(lead(86_400_000, true), FRESHNESS.lateLeadMs)
    assert.equal(lead(60_000, true), 12_000)
    assert.equal(lead(null), 0)
  })

  test('a token born expired is not due before a second has passed', () => {
    assert.equal(dueInMs(lasting(0), at(0), false), FRESHNESS.leastAgeMs)
    assert.equal(dueInMs(lasting(0), at(2_000), false), -1_000)
    assert.ok(dueInMs(lasting(0), at(-100_000, 0), false) <= 0)
  })
})
