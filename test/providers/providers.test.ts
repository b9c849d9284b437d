/** Every provider that can be played, by one contract. */
import { played } from './played.js'
import { providerContract } from './provider.contract.js'

for (const { profile, personality } of played) providerContract(profile, personality)
