/**
 * Whether others could change what a path leads to. Every directory and symbolic link that the kernel passes on the
 * way must belong to this user or to root, and nobody else may write to it; in a directory like `/tmp`, where
 * everybody may write but only owners may rename, what is ours is safe.
 */
import { lstat, readlink } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { quoted } from '../../../shared/contract/shellWord.js'

const OTHERS_WRITE = 0o022
/** On a directory: only a file's owner may rename or remove it. */
const STICKY = 0o1000
const ROOT = 0
/** As the kernel: links that lead further lead in circles (path_resolution(7)). */
const MOST_LINKS = 40

/** What is wrong with a place on the way, and what mends or shows it. */
export interface Fault {
  readonly message: string
  readonly fix: string
}

function faultOf(place: string, stats: Stats, uid: number): Fault | undefined {
  if (stats.uid !== uid && stats.uid !== ROOT) {
    return { message: `${place} belongs to user ${stats.uid}`, fix: `ls -ld ${quoted(place)}` }
  }
  // A link has no mode of its own.
  if (stats.isSymbolicLink() || (stats.mode & OTHERS_WRITE) === 0) return undefined
  if (stats.isDirectory() && (stats.mode & STICKY) !== 0) return undefined
  return { message: `others may write to ${place}`, fix: `chmod go-w ${quoted(place)}` }
}

/**
 * The first fault on the way to `path`, itself included: each link is followed as the kernel does, so that none of
 * several in a row is passed unseen. Rejects when there is no such path.
 */
export async function faultOnWay(path: string, uid: number): Promise<Fault | undefined> {
  let at = '/'
  let links = 0
  const rest = path.split('/')
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') at = dirname(at)
    if (name === '' || name === '.' || name === '..') continue
    const place = join(at, name)
    const stats = await lstat(place)
    const fault = faultOf(place, stats, uid)
    if (fault !== undefined) return fault
    if (!stats.isSymbolicLink()) {
      at = place
      continue
    }
    links += 1
    if (links > MOST_LINKS) return { message: `${path} is a link in a circle`, fix: `ls -l ${quoted(path)}` }
    const target = await readlink(place)
    if (target.startsWith('/')) at = '/'
    rest.unshift(...target.split('/'))
  }
  return undefined
}
