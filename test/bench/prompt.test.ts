import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BASH_PROMPT } from '../../shared/contract/terminal.js'
import { notRun } from '../notRun.js'
import { Home } from '../process/home.js'
import { figureWhenQuiet, FULL, keep, median } from './measuring.js'

const PROMPTS = 1_000
const ROUNDS = FULL ? 40 : 7
const BAR_MS = 0.1

/**
 * Each shell runs the hook as it does before a prompt, and an empty one, by turns, and prints the microseconds of a
 * round of both.
 */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `hook=$1; eval "$hook"
round() { local n t0=$EPOCHREALTIME; for ((n = 0; n < ${PROMPTS}; n++)); do eval "$1"; done
  local t1=$EPOCHREALTIME; echo $((\${t1/./} - \${t0/./})); }
for ((r = 0; r < ${ROUNDS}; r++)); do round "$hook"; round :; done
`,
  zsh: `zmodload zsh/datetime; . "\${FOB_SOCKET%/*}/hook.zsh"; empty() { :; }; __fob_prompt
round() { local n; local -F t0=$EPOCHREALTIME; for ((n = 0; n < ${PROMPTS}; n++)); do $1; done
  printf '%.0f\\n' $(((EPOCHREALTIME - t0) * 1000000)); }
for ((r = 0; r < ${ROUNDS}; r++)); do round __fob_prompt; round empty; done
`,
  fish: `function empty --on-event fob_empty; end
emit fish_prompt
function round
    set -l t0 (date +%s%N)
    for n in (seq ${PROMPTS}); emit $argv[1]; end
    math -s0 "("(date +%s%N)" - $t0) / 1000"
end
for r in (seq ${ROUNDS}); round fish_prompt; round fob_empty; end
`,
}

suite('the prompt', function () {
  this.timeout(120_000)
  let home: Home
  let place = ''

  suiteSetup(async () => {
    home = await Home.make()
    await mkdir(join(home.directory, 'config'))
    const settings = { delivery: { env: { SANDBOX_TOKEN: 'sandbox' } } }
    await writeFile(join(home.directory, 'config', 'fob.json'), JSON.stringify(settings))
    await home.must('sandbox', 'start', '--lifetime', '3600')
    await home.addSandbox('sandbox')
    await home.signIn('sandbox')
    place = await mkdtemp(join(tmpdir(), 'fob-prompt-'))
    await mkdir(join(place, '.local', 'share', 'fish', 'generated_completions'), { recursive: true })
  })

  suiteTeardown(async () => {
    await home?.remove()
    if (place !== '') await rm(place, { recursive: true })
  })

  for (const [shell, script] of Object.entries(SCRIPTS)) {
    test(`V4 ${shell} waits a tenth of a millisecond at most for its prompt while nothing changed`, async function () {
      if (spawnSync(shell, ['-c', 'exit 0']).status !== 0) notRun(this, shell)
      const file = join(place, `rounds.${shell}`)
      await writeFile(file, script)
      const { stdout } = await promisify(execFile)(shell, [file, BASH_PROMPT], {
        cwd: place,
        env: {
          PATH: process.env.PATH,
          HOME: place,
          FOB_SOCKET: home.socket,
          XDG_DATA_DIRS: `${join(home.directory, 'run', 'share')}:/usr/local/share:/usr/share`,
        },
      })
      // fish announces prompts to its terminal on the same lines.
      const microseconds = [...stdout.matchAll(/(\d+)$/gm)].map(([text]) => Number(text))
      assert.equal(microseconds.length, 2 * ROUNDS)
      const each = (odd: number): number[] =>
        microseconds.filter((_, nth) => nth % 2 === odd).map((us) => us / PROMPTS / 1000)
      const [hook, empty] = [each(0), each(1)]
      keep(`prompt-${shell}`, { hook, empty })
      const over = median(hook) - median(empty)
      figureWhenQuiet('V4', {
        value: `${shell}: ${over.toFixed(3)} ms over an empty prompt`,
        bar: `${BAR_MS} ms`,
        ok: over <= BAR_MS,
        n: ROUNDS * PROMPTS,
      })
    })
  }
})
