/** Counts what happened in a run and says it: passed, failed, and not run for want of something. */
import { existsSync, readFileSync } from 'node:fs'

/** `figure H1 value=3 bar=5 ok=yes`, printed by a test or a bench. */
const FIGURE = /^\s*(figure (\S+) .*\bok=(yes|no)\b.*)$/

export class Tally {
  passed = 0
  /** What failed, one line each. */
  failures = []
  /** Full titles of tests that did not run. */
  skipped = []
  /** `{suite, id, line}`, as printed. */
  figures = []
  /** How long each suite took, in the order they ran. */
  durations = []

  pass(count = 1) {
    this.passed += count
  }

  fail(title) {
    this.failures.push(title)
  }

  /** Looks at a line of a test's output; a figure that misses its bar is a failure. */
  hear(suite, line) {
    const match = FIGURE.exec(line)
    if (!match) return
    const [, figure, id, ok] = match
    this.figures.push({ suite, id, line: figure })
    if (ok === 'no') this.fail(figure)
  }

  /** Takes what the reporter wrote; without it, or with a bad exit, the suite itself failed. */
  takeMocha(suite, resultFile, exit, ms) {
    this.durations.push(`${suite} ${Math.round(ms / 1000)} s`)
    if (!existsSync(resultFile)) {
      this.fail(`${suite}: mocha ended with ${exit} before its tests were over`)
      return
    }
    const result = JSON.parse(readFileSync(resultFile, 'utf8'))
    this.pass(result.passed)
    this.skipped.push(...result.skipped)
    for (const title of result.failed) this.fail(`${suite}: ${title}`)
    // Mocha's exit code is the number of failures; anything else happened outside of a test.
    if (result.failed.length === 0 && exit !== 0) this.fail(`${suite}: ended with ${exit} after its tests`)
  }

  /** Prints the end of a run; the very last line is the one that other programs read. */
  conclude(notRunFile) {
    const missing = neededBy(notRunFile, this.skipped)
    console.log('')
    for (const { line } of this.figures) console.log(line)
    if (this.durations.length > 0) console.log(`took ${this.durations.join(', ')}`)
    for (const title of this.failures) console.log(`failed: ${title}`)
    for (const [needs, count] of missing) console.log(`not run: needs ${needs} (${count})`)
    const counts = [`${this.passed} passed`, `${this.failures.length} failed`]
    if (this.skipped.length > 0) counts.push(`${this.skipped.length} skipped`)
    console.log(counts.join(', '))
  }
}

/** The lines that tests leave when they cannot run: `{needs, title}`. */
export function notRunLines(file) {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

/** How many skipped tests want what. A suite that gives up at its start skips all tests below its title. */
function neededBy(file, skipped) {
  const lines = notRunLines(file)
  const counts = new Map()
  for (const title of skipped) {
    const line =
      lines.find((line) => line.title === title) ?? lines.find((line) => title.startsWith(line.title))
    const needs = line?.needs ?? 'nothing that was named'
    counts.set(needs, (counts.get(needs) ?? 0) + 1)
  }
  return counts
}
