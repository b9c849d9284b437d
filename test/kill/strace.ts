/** strace, attached to a running daemon so that it dies at the N-th of one kind of system call. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** Whether strace is there and this machine lets it attach to a process of ours. */
export function canTrace(): boolean {
  const idle = spawn('sleep', ['5'])
  try {
    const words = ['-e', 'trace=none', '-p', String(idle.pid)]
    const { error, stderr } = spawnSync('timeout', ['-s', 'INT', '1', 'strace', ...words], {
      encoding: 'utf8',
    })
    return error === undefined && / attached/.test(stderr)
  } finally {
    idle.kill()
  }
}

export class Strace {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /**
   * Kills `pid` as it enters the `nth` such call from now on. Counted a thread, so the daemon is to have one
   * thread for its file work; its main thread, which writes to sockets as well, is left alone.
   */
  static async killAt(pid: number, call: string, nth: number): Promise<Strace> {
    const threads = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== String(pid))
    const words = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`]
    const child = spawn('strace', [...words, '-p', threads.join()], { stdio: ['ignore', 'ignore', 'pipe'] })
    let attached = 0
    for await (const line of createInterface({ input: child.stderr })) {
      if (/ attached/.test(line)) attached += 1
      if (attached === threads.length) return new Strace(child)
    }
    throw new Error(`strace did not attach to ${threads.length} threads of ${pid}`)
  }

  /** Lets go of a daemon that was not killed; resolves once it runs free. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGINT')
    await once(this.#child, 'exit')
  }
}
