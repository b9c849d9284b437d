/** What fills a packed extension and what is in it, by the list at the end of its zip file (PKWARE APPNOTE 4.3.12). */
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

export interface Packed {
  readonly name: string
  /** As packed. Bytes. */
  readonly size: number
  /** What it unpacks to. */
  readonly content: () => Buffer
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
    const [size, offset] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)]
    found.push({
      name: zip.toString('utf8', begin, begin + (name ?? 0)),
      size,
      content: () => contentAt(zip, offset, size),
    })
    at = begin + (name ?? 0) + (extra ?? 0) + (comment ?? 0)
  }
  return found
}

/** How what stands before each content begins, without its texts (4.3.7). */
const LOCAL_LENGTH = 30
const DEFLATED = 8

function contentAt(zip: Buffer, at: number, size: number): Buffer {
  const begin = at + LOCAL_LENGTH + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28)
  const bytes = zip.subarray(begin, begin + size)
  return zip.readUInt16LE(at + 8) === DEFLATED ? inflateRawSync(bytes) : bytes
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
