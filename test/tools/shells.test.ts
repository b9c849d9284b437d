import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BASH_PROMPT,
  TERMINAL_FILES,
  TERMINAL_VARIABLES,
  terminalVariables,
} from '../../shared/contract/terminal.js'
import { figure } from '../figures.js'
import { notRun } from '../notRun.js'
import { Home } from '../process/home.js'

/** Prompts that must cost no process. */
const PROMPTS = 50

const isThere = (program: string): boolean => spawnSync(program, ['-c', 'exit 0']).status === 0

/** An interactive shell of the editor: constants in its environment, and words typed into it. */
class Terminal {
  readonly #child: ChildProcess
  readonly #place: string
  #count = 0

  constructor(words: readonly string[], place: string, env: NodeJS.ProcessEnv) {
    this.#place = place
    const [program = '', ...args] = words
    this.#child = spawn(program, args, { cwd: place, env, stdio: ['pipe', 'ignore', 'ignore'] })
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  /** What the shell makes of `text`, once it has come to it. */
  async says(text: string): Promise<string> {
    const file = `said-${(this.#count += 1)}`
    const written = appears(this.#place, file)
    // Renamed when whole.
    this.type(`echo "${text}" > ${file}.part; mv ${file}.part ${file}`)
    await written
    return readFileSync(join(this.#place, file), 'utf8').trimEnd()
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null) return resolve()
      this.#child.once('exit', () => resolve())
      this.#child.kill('SIGKILL')
    })
  }
}

function appears(folder: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(folder, (_event, name) => {
      if (name === file) done(resolve)
    })
    const late = setTimeout(() => done(() => reject(new Error(`the shell did not write ${file}`))), 15_000)
    function done(then: () => void): void {
      clearTimeout(late)
      watcher.close()
      then()
    }
  })
}

/** Page faults of children that ended: any process a shell starts and waits for has some. proc(5), field 11. */
function childrenOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[8])
}

suite('variables at the next prompt', function () {
  this.timeout(60_000)
  let home: Home
  let place = ''
  let terminal: Terminal | undefined

  suiteSetup(async () => {
    home = await Home.make()
    mkdirSync(join(home.directory, 'config'))
    writeFileSync(
      join(home.directory, 'config', 'fob.json'),
      JSON.stringify({ delivery: { env: { SANDBOX_TOKEN: 'sandbox' } } }),
    )
    await home.must('sandbox', 'start')
    await home.addSandbox('sandbox')
    await home.signIn('sandbox')
  })

  suiteTeardown(() => home.remove())

  setup(() => {
    place = mkdtempSync(join(tmpdir(), 'fob-shells-'))
    // Missing, fish would fill it from all manual pages, in a process that outlives the shell.
    mkdirSync(join(place, '.local', 'share', 'fish', 'generated_completions'), { recursive: true })
  })

  teardown(async () => {
    await terminal?.close()
    rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })

  const run = (...names: string[]): string => join(home.directory, 'run', ...names)

  /** How the editor's constants reach each shell. fish reads commands from a terminal only, which script(1) is. */
  const shells: Readonly<Record<string, () => readonly [readonly string[], NodeJS.ProcessEnv]>> = {
    bash: () => [['bash', '--norc', '-i'], { PROMPT_COMMAND: BASH_PROMPT }],
    zsh: () => {
      writeFileSync(join(place, '.zshrc'), '. "${FOB_SOCKET%/*}/hook.zsh"\n')
      return [['zsh', '-i'], { ZDOTDIR: place }]
    },
    fish: () => [
      ['script', '-qc', 'fish', '/dev/null'],
      { XDG_DATA_DIRS: `${run(TERMINAL_FILES.data)}:/usr/local/share:/usr/share`, TERM: 'dumb' },
    ],
  }

  function open(name: string, more: NodeJS.ProcessEnv = {}): Terminal {
    const [words, env] = shells[name]?.() ?? [[], {}]
    const { PATH } = process.env
    terminal = new Terminal(words, place, { PATH, HOME: place, FOB_SOCKET: home.socket, ...env, ...more })
    return terminal
  }

  for (const name of Object.keys(shells)) {
    suite(name, () => {
      suiteSetup(function () {
        if (!isThere(name)) notRun(this, name)
      })

      test('a new terminal has the variable, and after a rotation its next prompt the new one', async () => {
        const shell = open(name)
        const first = await home.lease('sandbox')
        assert.equal(await shell.says('$SANDBOX_TOKEN'), first.accessToken)
        await home.must('refresh', 'sandbox')
        const second = await home.lease('sandbox')
        assert.notEqual(second.accessToken, first.accessToken)
        // The prompt that stood there was shown before; this makes the next.
        shell.type('')
        assert.equal(await shell.says('$SANDBOX_TOKEN'), second.accessToken)
      })

      test('what a folder may have is where the shell was opened, wherever it goes, and not elsewhere', async () => {
        const list = terminalVariables({}, [
          { folder: place, variables: { HERE_TOKEN: 'sandbox' } },
          { folder: `${place}-beside`, variables: { ELSEWHERE_TOKEN: 'sandbox' } },
        ])
        const shell = open(name, { [TERMINAL_VARIABLES]: list })
        const said = await shell.says('$HERE_TOKEN [$ELSEWHERE_TOKEN]')
        assert.equal(said, `${(await home.lease('sandbox')).accessToken} []`)
        shell.type('cd /')
        await home.must('refresh', 'sandbox')
        shell.type('')
        shell.type(`cd ${place}`)
        assert.equal(await shell.says('$HERE_TOKEN'), (await home.lease('sandbox')).accessToken)
      })

      test('what the person set stays, and so does the outcome of the last command', async () => {
        const shell = open(name)
        await shell.says('ready')
        shell.type(name === 'fish' ? 'set -gx MY_OWN kept' : 'export MY_OWN=kept')
        shell.type('false')
        const status = name === 'fish' ? '$status' : '$?'
        assert.equal(await shell.says(`${status} $MY_OWN`), '1 kept')
      })

      test(`V4 ${PROMPTS} prompts start no process while nothing changed`, async () => {
        const shell = open(name)
        const pid = Number(await shell.says(name === 'fish' ? '$fish_pid' : '$$'))
        // fish's own prompt asks git.
        if (name === 'fish') shell.type("function fish_prompt; echo '> '; end")
        await shell.says('warm')
        // Without a program to remove the test's own traces: the file is made by the shell alone.
        const quiet = async (file: string): Promise<number> => {
          const made = appears(place, file)
          shell.type(`echo > ${file}`)
          await made
          return childrenOf(pid)
        }
        const before = await quiet('before')
        for (let prompt = 0; prompt < PROMPTS; prompt++) shell.type('')
        const faults = (await quiet('after')) - before
        figure('V4', { value: faults, bar: 0, ok: faults === 0, n: PROMPTS })
        assert.equal(faults, 0)
      })
    })
  }

  test('variables a terminal was approved for come with it, and an unfit name brings none', async () => {
    const shell = open('bash', { [TERMINAL_VARIABLES]: 'ASKED_TOKEN=sandbox' })
    assert.equal(await shell.says('$ASKED_TOKEN'), (await home.lease('sandbox')).accessToken)
    await shell.close()
    const hostile = open('bash', { [TERMINAL_VARIABLES]: 'HTTPS_PROXY=sandbox' })
    assert.equal(await hostile.says('[$HTTPS_PROXY]'), '[]')
  })

  test('after signing out the next prompt has no variable any more', async () => {
    const shell = open('bash')
    assert.notEqual(await shell.says('$SANDBOX_TOKEN'), '')
    await home.must('sign-out', 'sandbox')
    shell.type('')
    assert.equal(await shell.says('[$SANDBOX_TOKEN]'), '[]')
    await home.signIn('sandbox')
    shell.type('')
    assert.equal(await shell.says('$SANDBOX_TOKEN'), (await home.lease('sandbox')).accessToken)
  })
})
