/** What a process costs the machine, from /proc: all of its threads together, also of one that cannot be traced. */
import { readdirSync, readFileSync } from 'node:fs'

const eachThread = <T>(pid: number, read: (directory: string) => T): T[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) => read(`/proc/${pid}/task/${thread}`))

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const statusField = (directory: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`${directory}/status`, 'utf8'))?.[1])

/** Milliseconds on a processor so far. */
export const cpuMs = (...pids: readonly number[]): number =>
  sum(
    pids.flatMap((pid) =>
      eachThread(
        pid,
        (directory) => Number(readFileSync(`${directory}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
      ),
    ),
  )

/** How often a thread of it went to sleep: each sleep ends in a wake-up. */
export const sleeps = (...pids: readonly number[]): number =>
  sum(
    pids.flatMap((pid) => eachThread(pid, (directory) => statusField(directory, 'voluntary_ctxt_switches'))),
  )

/** Megabytes of memory that are in use and resident. */
export const rssMb = (...pids: readonly number[]): number =>
  sum(pids.map((pid) => statusField(`/proc/${pid}`, 'VmRSS'))) / 1024
