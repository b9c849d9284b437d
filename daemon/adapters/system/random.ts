/** Randomness from the system's generator. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Random } from '../../core/ports.js'

/** The widest range `randomInt` draws from. */
const STEPS = 2 ** 48 - 1

export class SystemRandom implements Random {
  fraction(): number {
    return randomInt(STEPS) / STEPS
  }

  id(): string {
    return randomBytes(16).toString('base64url')
  }
}
