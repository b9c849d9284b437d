/** All known failures, F1 and on. */
import { attackFailures } from './attacks.js'
import { consentFailures } from './consent.js'
import { daemonFailures } from './daemons.js'
import type { Failure } from './failure.js'
import { rotationFailures } from './rotation.js'
import { serverFailures } from './servers.js'
import { storeFailures } from './store.js'
import { timeFailures } from './time.js'

export const failures: readonly Failure[] = [
  ...rotationFailures,
  ...timeFailures,
  ...serverFailures,
  ...storeFailures,
  ...daemonFailures,
  ...consentFailures,
  ...attackFailures,
]

/** The two reasons there may be for what no test shows. */
export const NOT_HERE = 'not testable here: '
export const NOT_BUILT = 'not built yet: '
