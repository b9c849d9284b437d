/**
 * `npm start`. Checks the Node version before anything that an old Node could not parse is loaded; the rest
 * is in firstRun.mjs. Node's own modules only: nothing is installed yet.
 */
import { requireNode } from './nodeVersion.mjs'

requireNode()
import('./firstRun.mjs').then(function (module) {
  return module.firstRun()
})
