/** All mutants, room by room. */
import { accessMutants } from './accessMutants.js'
import { consentMutants } from './consentMutants.js'
import { lifecycleMutants } from './lifecycleMutants.js'
import type { Mutant } from './mutant.js'
import { vaultMutants } from './vaultMutants.js'

export const mutants: readonly Mutant[] = [
  ...lifecycleMutants,
  ...consentMutants,
  ...vaultMutants,
  ...accessMutants,
]
