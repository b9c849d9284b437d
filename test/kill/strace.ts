/**
 * strace, attached to a running daemon: it dies at a chosen system call by which files change, or is told by
 * that call that it failed.
 */
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

/** One kind of call, where it is made. */
export interface Site {
  readonly title: string
  /** As strace takes them: a call has another name on some processors. */
  readonly calls: string
  /**
   * The files whose calls count, for the main thread, which writes to sockets as well. Without it, the calls of
   * the threads that do the file work; of those the daemon is to have one, since calls are counted a thread.
   */
  readonly files?: readonly string[]
}

/** The steps by which the daemon's threads for file work change the disk; only files are written to by place. */
export const CHANGES: readonly Site[] = [
  { title: 'fsync', calls: 'fsync' },
  { title: 'rename', calls: '?rename,?renameat,?renameat2' },
  { title: 'link', calls: '?link,?linkat' },
  { title: 'unlink', calls: '?unlink,?unlinkat' },
  { title: 'write', calls: 'pwrite64' },
]

export class Strace {
  readonly #child: ChildProcess
  readonly #lines: string[]

  private constructor(child: ChildProcess, lines: string[]) {
    this.#child = child
    this.#lines = lines
  }

  /** Kills `pid` as it enters the `nth` such call from now on. */
  static killAt(pid: number, site: Site, nth: number): Promise<Strace> {
    return Strace.#attach(pid, site, ['-e', `inject=${site.calls}:signal=KILL:when=${nth}`])
  }

  /** Fails the `nth` such call from now on with this error, and all after it. */
  static failFrom(pid: number, site: Site, nth: number, errno: string): Promise<Strace> {
    return Strace.#attach(pid, site, ['-e', `inject=${site.calls}:error=${errno}:when=${nth}+`])
  }

  /** Notes the calls of these sites and disturbs none; descriptors come with the file they stand for. */
  static watch(pid: number, sites: readonly Site[]): Promise<Strace> {
    const calls = sites.map((site) => site.calls).join()
    return Strace.#attach(pid, { title: 'all', calls }, ['-y', '-s', '0'])
  }

  static async #attach(pid: number, site: Site, words: readonly string[]): Promise<Strace> {
    const main = String(pid)
    const others = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== main)
    const threads = site.files === undefined ? others : [main]
    const files = (site.files ?? []).flatMap((file) => ['-P', file])
    const all = [...files, '-e', `trace=${site.calls}`, ...words, '-p', threads.join()]
    const child = spawn('strace', all, { stdio: ['ignore', 'ignore', 'pipe'] })
    const lines: string[] = []
    const output = createInterface({ input: child.stderr })
    await new Promise<void>((resolve, reject) => {
      let attached = 0
      output.on('line', (line) => {
        lines.push(line)
        if (/ attached$/.test(line)) attached += 1
        if (attached === threads.length) resolve()
      })
      output.once('close', () => reject(new Error(`strace did not attach to ${pid}: ${lines.join('; ')}`)))
    })
    return new Strace(child, lines)
  }

  /** Lets go of a daemon that was not killed; resolves with what was seen once it runs free. */
  async end(): Promise<readonly string[]> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGINT')
      await once(this.#child, 'close')
    }
    return this.#lines
  }

  /** How many calls have been failed so far. */
  get failed(): number {
    return this.#lines.filter((line) => line.endsWith('(INJECTED)')).length
  }
}
