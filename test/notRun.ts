/** For tests whose tool is not on this machine: they are counted as skipped, and the runner says what they need. */
import { appendFileSync } from 'node:fs'

/** Records what is needed and skips the test, or all tests of the suite when called from its set-up. */
export function notRun(context: Mocha.Context, needs: string): never {
  const { test } = context
  const inSetUp = test !== undefined && 'type' in test && test.type === 'hook'
  const title = (inSetUp ? test.parent : test)?.fullTitle() ?? ''
  const file = process.env.FOB_TEST_NOT_RUN
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ needs, title })}\n`)
  return context.skip()
}
