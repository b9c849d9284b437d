/**
 * Has V8 give back memory while nobody asks. By itself it keeps what the largest burst needed, for a minute or for
 * ever; told to prefer size, it collects and shrinks within seconds, but then a burst would cost a quarter more.
 */
import { setFlagsFromString } from 'node:v8'

export function preferSmallHeap(wanted: boolean): void {
  setFlagsFromString(wanted ? '--optimize-for-size' : '--no-optimize-for-size')
}
