/**
 * Tells V8 to prefer little memory. A daemon answers in short bursts and rests for hours, and by itself V8 keeps
 * what the largest burst needed. Called once the daemon is ready: during the start it would only cost time.
 */
import { setFlagsFromString } from 'node:v8'

const FLAGS = [
  // The young generation grows no more; a few thousand answers would take it to 16 MB, twice.
  '--semi-space-growth-factor=1',
  // The old one is collected once the daemon rests, also where V8 thinks it too small for that.
  '--optimize-for-size',
]

export function preferSmallHeap(): void {
  for (const flag of FLAGS) setFlagsFromString(flag)
}
