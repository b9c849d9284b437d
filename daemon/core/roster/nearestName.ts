/** Finds the name somebody meant. Pure. */

/** More edits than this and a suggestion would be a guess. */
const MOST_EDITS = 3

/** The known name fewest edits away, when that is few enough to be a slip. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  // Comparing costs the product of the lengths, and no connection's name is longer than 64.
  if (name.length > 64) return undefined
  const asked = name.toLowerCase()
  const most = Math.min(MOST_EDITS, Math.floor(asked.length / 2))
  const ranked = known
    .map((candidate) => ({ candidate, edits: edits(asked, candidate) }))
    .filter((each) => each.edits <= most)
    .sort((a, b) => a.edits - b.edits)
  return ranked[0]?.candidate
}

/** Levenshtein's distance: insertions, deletions and replacements. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
