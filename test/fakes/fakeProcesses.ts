/** A machine of which a test says what runs on it. */
import type { Caller, ProcessFacts, Processes } from '../../daemon/core/ports.js'

/** The user whose machine it is. */
const OWNER = 1000

export class FakeProcesses implements Processes {
  readonly #running = new Map<number, ProcessFacts>()

  constructor() {
    // The editor's process tree: a server, a shell in its terminal, and a program typed there.
    this.run(100, { parent: 1, session: 100 })
    this.run(4000, { parent: 100, session: 4000, tty: 34816 })
    this.run(4242, { parent: 4000, session: 4000, tty: 34816 })
  }

  of(pid: number): ProcessFacts | undefined {
    return this.#running.get(pid)
  }

  run(pid: number, facts: Partial<ProcessFacts> = {}): ProcessFacts {
    const whole = { pid, uid: OWNER, parent: 1, session: pid, tty: 0, startTime: 1, ...facts }
    this.#running.set(pid, whole)
    return whole
  }

  end(pid: number): void {
    this.#running.delete(pid)
  }

  /** The process as the kernel shows it to a socket's other end. */
  caller(pid: number, executable = '/usr/bin/script'): Caller {
    const { uid, startTime } = this.#running.get(pid) ?? { uid: OWNER, startTime: 0 }
    return { uid, pid, startTime, executable }
  }
}
