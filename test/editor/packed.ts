/** What fills a packed extension, by the list at the end of its zip file (PKWARE APPNOTE 4.3.12). */
import { readFileSync } from 'node:fs'

export interface Packed {
  readonly name: string
  /** As packed. Bytes. */
  readonly size: number
}

/** How an entry of the list begins and how long it is without its texts; how the list ends. */
const ENTRY = { mark: 0x02014b50, length: 46 }
const END_MARK = 0x06054b50

export function packedIn(file: string): Packed[] {
  const zip = readFileSync(file)
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0 || zip.readUInt32LE(end) !== END_MARK) throw new Error(`${file} is no zip file`)
  const found: Packed[] = []
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== ENTRY.mark) throw new Error(`the list in ${file} is broken`)
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset))
    const begin = at + ENTRY.length
    found.push({ name: zip.toString('utf8', begin, begin + (name ?? 0)), size: zip.readUInt32LE(at + 20) })
    at = begin + (name ?? 0) + (extra ?? 0) + (comment ?? 0)
  }
  return found
}

/** Bytes of each part, the largest first: packages by their names, the rest by their first folders. */
export function partsOf(packed: readonly Packed[]): [string, number][] {
  const sizes = new Map<string, number>()
  for (const { name, size } of packed) {
    const [, package_] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name) ?? []
    const part = package_ ?? name.replace(/^extension\//, '').replace(/\/[^/]*$/, '')
    sizes.set(part, (sizes.get(part) ?? 0) + size)
  }
  return [...sizes].sort(([, a], [, b]) => b - a)
}
