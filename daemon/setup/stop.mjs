/** `npm stop`: ends the daemon and the sandbox of this FOB_HOME. Nothing running is a success too. */
import { existsSync } from 'node:fs'
import { requireNode } from './nodeVersion.mjs'

requireNode()
const { bundledCommand, runFob } = await import('./fobCommand.mjs')
const { explain, step } = await import('./steps.mjs')

try {
  if (existsSync(bundledCommand)) {
    // The daemon first: it may want to tell the sandbox that a grant is over, never the other way round.
    await step('stop the daemon', () => runFob(['down']))
    await step('stop the sandbox', () => runFob(['sandbox', 'stop']))
  } else {
    console.log('Nothing is built here, so nothing of this clone runs.')
  }
} catch (error) {
  explain(error)
  process.exitCode = 1
}
