/**
 * The daemon's program. Securing the process comes before everything else, so the rest of the code is loaded
 * only then.
 */
import { secureStart } from './secureStart.js'
import { reportFailure } from './startReport.js'

async function main(): Promise<void> {
  const options = secureStart(process.argv.slice(2))
  const { run } = await import('./daemon.js')
  await run(options)
}

main().catch((error: unknown) => process.exit(reportFailure(error)))
