/** The value of an option that counts something. Pure. */
import { UsageFault, type Given } from './command.js'

/** undefined when it was not given. */
export function wholeNumber(given: Given, name: string, fix: string): number | undefined {
  const text = given.text(name)
  if (text === undefined) return undefined
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw new UsageFault(`--${name} takes a whole number, not "${text}"`, fix)
}
