/** All mutants, room by room. */
import { accessMutants } from './accessMutants.js'
import { besideMutants } from './besideMutants.js'
import { consentMutants } from './consentMutants.js'
import { lifecycleMutants } from './lifecycleMutants.js'
import type { Mutant } from './mutant.js'
import { vaultMutants } from './vaultMutants.js'

export const mutants: readonly Mutant[] = [
  ...lifecycleMutants,
  ...besideMutants,
  ...consentMutants,
  ...vaultMutants,
  ...accessMutants,
]
