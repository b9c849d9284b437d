/**
 * Where sabotage happens: a copy of the sources and of what they compile to, in a directory of its own. One
 * compiled file is made anew with the defect, one test is run on it, and the file is put back. Nothing outside
 * of the copy is touched: home, runtime directory and temporary files of the tests are in it too, and go with it.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { transform } from 'esbuild'
import { z } from 'zod'
import { ROOT } from '../titles.js'
import { sabotaged, type Mutant } from './mutant.js'

/** A test that hangs on a sabotaged build is ended. Milliseconds. */
const LONGEST_MS = 60_000
/** Mocha's, for a test that sets none: the tests are those of units. */
const TEST_MS = 20_000

const LEFT_OUT = new Set(['node_modules', '.git', 'coverage'])

/** The person's own places, what a run tells its tests, and the whole length of figures: short ones notice too. */
const NOT_FOR_MUTANTS = new Set([
  'FOB_SOCKET',
  'DBUS_SESSION_BUS_ADDRESS',
  'FOB_TEST_NOT_RUN',
  'FOB_TEST_FULL',
])

const Failure = z.object({
  fullTitle: z.string(),
  err: z.object({
    message: z.string().default(''),
    code: z.string().optional(),
    stack: z.string().default(''),
  }),
})
const Report = z.object({
  stats: z.object({ passes: z.number(), failures: z.number(), pending: z.number() }),
  failures: z.array(Failure),
})
type Report = z.output<typeof Report>

interface Ended {
  readonly report: Report | undefined
  /** What mocha printed: why it had nothing to report. */
  readonly printed: string
}

export class Workshop {
  readonly #place: string

  private constructor(place: string) {
    this.#place = place
  }

  static async open(): Promise<Workshop> {
    // Short: sockets are made below it, and their paths may have 107 bytes.
    const workshop = new Workshop(await mkdtemp(join(tmpdir(), 'fob-m-')))
    try {
      await workshop.#furnish()
      return workshop
    } catch (error) {
      await workshop.close()
      throw error
    }
  }

  close(): Promise<void> {
    return rm(this.#place, { recursive: true, force: true, maxRetries: 3 })
  }

  /** Throws unless each of these tests runs, once, and passes on the product as it is. */
  async proveGreen(file: string, titles: readonly string[]): Promise<void> {
    const { report, printed } = await this.#run(file, titles)
    assert.ok(report, `${file} does not run: ${printed}`)
    const red = report.failures.map(({ fullTitle, err }) => `${fullTitle}: ${err.message}`)
    assert.deepEqual(red, [], `${file} is red without any sabotage`)
    assert.equal(report.stats.passes, titles.length, `not each of ${titles.join(' · ')} ran in ${file}`)
  }

  /** Why the mutant lives on; undefined when its test killed it. */
  async survival(mutant: Mutant): Promise<string | undefined> {
    const compiled = join(this.#place, 'out', mutant.file.replace(/\.ts$/, '.js'))
    const sound = await readFile(compiled)
    await writeFile(compiled, await broken(mutant))
    try {
      const { file, title, says } = mutant.killedBy
      return verdict(await this.#run(file, [title]), says)
    } finally {
      await writeFile(compiled, sound)
    }
  }

  async #furnish(): Promise<void> {
    await cp(ROOT, this.#place, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) })
    await symlink(join(ROOT, 'node_modules'), join(this.#place, 'node_modules'))
    // Not for this user alone: a test of root's runs a program as somebody else.
    await chmod(this.#place, 0o755)
    for (const name of ['h', 'r', 't']) await mkdir(join(this.#place, name), { mode: 0o700 })
  }

  #environment(): NodeJS.ProcessEnv {
    const inPlace = (name: string): string => join(this.#place, name)
    const kept = Object.entries(process.env).filter(([name]) => !NOT_FOR_MUTANTS.has(name))
    return {
      ...Object.fromEntries(kept),
      HOME: inPlace('h'),
      FOB_HOME: inPlace('h/fob'),
      XDG_RUNTIME_DIR: inPlace('r'),
      TMPDIR: inPlace('t'),
    }
  }

  async #run(file: string, titles: readonly string[]): Promise<Ended> {
    const output = join(this.#place, 'report.json')
    await rm(output, { force: true })
    const compiled = join('out', 'test', file.replace(/\.ts$/, '.js'))
    const printed = await this.#mocha([
      ...['--ui', 'tdd', '--timeout', String(TEST_MS), '--exit'],
      ...['--reporter', 'json', '--reporter-option', `output=${output}`],
      ...['--grep', `^(${titles.map(literally).join('|')})$`, compiled],
    ])
    const text = await readFile(output, 'utf8').catch(() => undefined)
    return { report: text === undefined ? undefined : Report.parse(JSON.parse(text)), printed }
  }

  /** Resolves with what it printed, once it and all it started have ended. */
  #mocha(words: readonly string[]): Promise<string> {
    const program = join(this.#place, 'node_modules', 'mocha', 'bin', 'mocha.js')
    const child = spawn(process.execPath, [program, ...words], {
      cwd: this.#place,
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
    }
    const deadline = setTimeout(() => end(child.pid), LONGEST_MS)
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', () => {
        clearTimeout(deadline)
        end(child.pid)
        resolve(printed)
      })
    })
  }
}

/** The whole group: a sabotaged build may leave what its test would have stopped. */
function end(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}

/** What the source with the defect in it compiles to. Rejects when it is no program any more. */
export async function broken(mutant: Mutant): Promise<string> {
  const source = sabotaged(await readFile(join(ROOT, mutant.file), 'utf8'), mutant)
  const { code } = await transform(source, {
    loader: 'ts',
    format: 'esm',
    target: 'es2023',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    sourcefile: mutant.file,
  })
  return code
}

/** Red counts only for the reason it should be red: the test saw something wrong, not that nothing ran. */
function verdict({ report, printed }: Ended, says: string | undefined): string | undefined {
  if (report === undefined) return `its test did not run, which proves nothing: ${printed.slice(-2_000)}`
  const [failure] = report.failures
  if (failure === undefined) return report.stats.passes === 1 ? 'its test is green' : 'its test did not run'
  const { message, code, stack } = failure.err
  const noticed = says === undefined ? code === 'ERR_ASSERTION' : message.includes(says)
  return noticed ? undefined : `its test failed for another reason: ${stack}`
}

const literally = (title: string): string => title.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
