/** What stands for a secret wherever it is kept or reported: SHA-256, base64url. Fit for random values only. */
import { createHash, timingSafeEqual } from 'node:crypto'

export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** Compares in a time that says nothing about the difference. */
export function matchesDigest(secret: string, expected: string): boolean {
  const actual = Buffer.from(digest(secret))
  const wanted = Buffer.from(expected)
  return actual.length === wanted.length && timingSafeEqual(actual, wanted)
}
