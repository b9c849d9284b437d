/**
 * What `/proc` says of a process: whose it is, who started it, and which kernel session and terminal it has.
 * Any user may read this of any process. On a system without `/proc` nobody is known.
 */
import { readFileSync } from 'node:fs'
import type { ProcessFacts, Processes } from '../../core/ports.js'

/** Fields of `/proc/pid/stat`, counted from the first after the bracketed program name (proc(5): fields 3 to 22). */
const FIELD = { state: 0, parent: 1, session: 3, tty: 4, startTime: 19 } as const

/** Ended, and not yet seen to by its parent. */
const ENDED = /^[ZXx]$/

/** undefined for a line cut short and for a process that has ended. */
export function factsIn(stat: string, status: string): Omit<ProcessFacts, 'pid'> | undefined {
  // A program may have brackets and spaces in its name, so counting begins after the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const number = (field: Exclude<keyof typeof FIELD, 'state'>): number => Number(fields[FIELD[field]] ?? NaN)
  const uid = Number(/^Uid:\t(\d+)/m.exec(status)?.[1] ?? NaN)
  const facts = {
    uid,
    parent: number('parent'),
    session: number('session'),
    tty: number('tty'),
    startTime: number('startTime'),
  }
  const whole = Object.values(facts).every((value) => Number.isInteger(value))
  return whole && !ENDED.test(fields[FIELD.state] ?? '') ? facts : undefined
}

export class KernelProcesses implements Processes {
  of(pid: number): ProcessFacts | undefined {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1')
      const facts = factsIn(readFileSync(`/proc/${pid}/stat`, 'latin1'), status)
      return facts && { pid, ...facts }
    } catch {
      // Gone, or a system without it.
      return undefined
    }
  }
}
