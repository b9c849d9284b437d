/** Which of two versions is the newer, by the three numbers of semver. Pure. */

const numbers = (version: string): number[] => version.split('-')[0]?.split('.').map(Number) ?? []

export function isNewer(version: string, than: string): boolean {
  const others = numbers(than)
  for (const [index, number] of numbers(version).entries()) {
    const other = others[index] ?? 0
    if (number !== other) return number > other
  }
  return false
}
