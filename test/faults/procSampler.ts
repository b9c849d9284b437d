/** Looks again and again at what /proc shows of some processes while they run: their words and environments. */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** A command lives for a tenth of a second; this meets each several times. */
const EVERY_MS = 10

export class ProcSampler {
  /** Each text seen once, by where it was seen. */
  readonly seen = new Map<string, string>()
  samples = 0
  readonly #belongs: (commandLine: string) => boolean
  #running = true
  readonly #ended: Promise<void>

  /** Samples those whose words `belongs` says yes to. */
  constructor(belongs: (commandLine: string) => boolean) {
    this.#belongs = belongs
    this.#ended = this.#run()
  }

  /** Whether a program whose words hold this was seen. */
  met(text: string): boolean {
    return [...this.seen.keys()].some((words) => words.includes(text))
  }

  async stop(): Promise<void> {
    this.#running = false
    await this.#ended
  }

  async #run(): Promise<void> {
    while (this.#running) {
      for (const pid of await readdir('/proc')) if (/^\d+$/.test(pid)) await this.#look(pid)
      await pause(EVERY_MS)
    }
  }

  async #look(pid: string): Promise<void> {
    const words = await textOf(`/proc/${pid}/cmdline`)
    if (!this.#belongs(words)) return
    this.samples += 1
    this.seen.set(words, '/proc/PID/cmdline')
    this.seen.set(await textOf(`/proc/${pid}/environ`), '/proc/PID/environ')
  }
}

/** '' for one that is gone, and for the environment of one that hides it. */
const textOf = (path: string): Promise<string> => readFile(path, 'latin1').catch(() => '')
