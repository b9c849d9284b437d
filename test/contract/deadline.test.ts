import assert from 'node:assert/strict'
import { deadlineWords } from '../../shared/contract/deadline.js'

/** Wherever the test runs: a Monday, ten o'clock. */
const NOW = new Date(2026, 2, 2, 10, 0).getTime()
const words = (...at: [number, number, number, number?, number?]): string =>
  deadlineWords(new Date(...at).getTime(), NOW)

suite('a deadline in words', () => {
  const cases: readonly (readonly [string, string])[] = [
    [words(2026, 2, 2, 18, 5), 'today at 18:05'],
    [words(2026, 2, 3), 'today at midnight'],
    [words(2026, 2, 3, 0, 1), 'tomorrow'],
    [words(2026, 2, 4), 'tomorrow'],
    [words(2026, 2, 6, 12), 'Friday'],
    [words(2026, 2, 7), 'Friday'],
    [words(2026, 2, 8, 23), 'Sunday'],
    [words(2026, 2, 9, 12), '9 March'],
    [words(2027, 0, 1, 12), '1 January 2027'],
    [words(2026, 2, 2, 9), 'now'],
  ]
  for (const [index, [said, expected]] of cases.entries()) {
    test(`number ${index + 1} is said as ${expected}`, () => assert.equal(said, expected))
  }

  test('counts days and not hours over the change to summer time', () => {
    const saturday = new Date(2026, 2, 28, 10).getTime()
    assert.equal(deadlineWords(new Date(2026, 2, 30, 10).getTime(), saturday), 'Monday')
  })
})
