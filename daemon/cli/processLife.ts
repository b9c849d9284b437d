/** Whether a process still lives. A zombie answers `kill -0` and does not: it holds no socket and no lock. */
import { readFileSync } from 'node:fs'

/** Something that differs for another process of the same pid, or undefined when it is gone. */
export function lifeOf(pid: number): string | undefined {
  if (process.platform === 'linux') return lifeInProc(pid)
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch {
    return undefined
  }
}

/** proc(5): after the name in parentheses, field 3 is the state and field 22 the start time. */
function lifeInProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

/** Between looks: short, since a graceful end takes a few milliseconds. */
const LOOK_MS = 10

/** Resolves with whether it was gone before the deadline. */
export async function ended(pid: number, life: string | undefined, withinMs: number): Promise<boolean> {
  const until = Date.now() + withinMs
  while (life !== undefined && lifeOf(pid) === life) {
    if (Date.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return true
}
