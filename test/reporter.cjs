/**
 * Mocha's own `spec`, and beside it the counts as one JSON file for the runner: without that file the runner
 * knows that mocha never came to its end. A process that lives on after the last test is ended loudly,
 * because something a test started was not stopped.
 */
const { writeFileSync } = require('node:fs')
const { reporters } = require('mocha')

/** Enough for sockets and children to close; a leak stays for ever. Milliseconds. */
const GRACE = 15_000

/** The exit code that tells the runner of a leak. */
const LEFT_RUNNING = 97

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const failed = []
    const skipped = []
    runner.on('fail', (test, error) => failed.push(`${test.fullTitle()}: ${firstLine(error)}`))
    runner.on('pending', (test) => skipped.push(test.fullTitle()))
    runner.once('end', () => {
      writeFileSync(
        process.env.FOB_TEST_RESULT,
        JSON.stringify({ passed: this.stats.passes, failed, skipped }),
      )
      setTimeout(() => {
        console.error(`Tests are over, but these keep the process alive: ${process.getActiveResourcesInfo()}`)
        process.exit(LEFT_RUNNING)
      }, GRACE).unref()
    })
  }
}

/** Enough to tell one reason from another; the whole of it stands above. */
const REASON_LENGTH = 200

/** Why a test failed, for the last lines of a run. */
const firstLine = (error) =>
  String(error?.message ?? error)
    .split('\n', 1)[0]
    .slice(0, REASON_LENGTH)
