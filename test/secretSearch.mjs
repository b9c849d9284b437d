/**
 * The last look of a run. Each fob's own leftovers were searched at its end; here what the tests printed, and what is
 * in their common home, is searched for the secrets of all of them.
 */
import { existsSync, readFileSync } from 'node:fs'

/** The figure to print; undefined when no test had a whole fob. `reports` is what `Leftovers` wrote. */
export async function searchForSecrets(reports, printed, folders) {
  if (!existsSync(reports)) return undefined
  const { Leftovers } = await import('../out/test/leftovers.js')
  const { figureLine } = await import('../out/test/figures.js')
  const lines = readFileSync(reports, 'utf8').trim().split('\n')
  const fobs = lines.map((line) => JSON.parse(line))
  const leftovers = new Leftovers()
  for (const { kind, text } of fobs.flatMap(({ secrets }) => secrets)) leftovers.know(kind, text)
  leftovers.heard('what the tests printed', printed)
  const leaks = await leftovers.search(folders)
  for (const { place, kind, form } of leaks) console.log(`${place} holds a ${kind}, ${form}`)
  const total = (name) => fobs.reduce((sum, fob) => sum + fob[name], 0)
  const value = leaks.length + total('leaks')
  const n = leftovers.secrets.length
  console.log(`${n} secrets of ${fobs.length} fobs, ${leftovers.searched + total('searched')} bytes searched`)
  return figureLine('K10', { value, bar: '0 leaks in all suites', ok: value === 0, n })
}
