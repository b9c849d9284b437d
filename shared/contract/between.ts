/** Numbers of settings, told by their bounds when they are beyond them. */
import { z } from 'zod'

/** A whole number within these bounds, both included. */
export const between = (least: number, most: number) => {
  const message = `use a whole number from ${least} to ${most}`
  return z.number(message).int(message).min(least, message).max(most, message)
}
