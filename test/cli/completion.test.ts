import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { typed } from './typed.js'
import { notRun } from '../notRun.js'

const script = async (shell: string): Promise<string> => (await typed(['completion', shell])).out

const isThere = (program: string): boolean => spawnSync(program, ['-c', 'exit 0']).status === 0

suite('cli/completion', () => {
  let place: string

  setup(() => {
    place = mkdtempSync(join(tmpdir(), 'fob-completion-'))
  })

  teardown(() => rmSync(place, { recursive: true }))

  for (const shell of ['bash', 'zsh', 'fish']) {
    test(`${shell} can read its script`, async function () {
      if (!isThere(shell)) notRun(this, shell)
      const flag = shell === 'fish' ? '--no-execute' : '-n'
      const file = join(place, 'script')
      writeFileSync(file, await script(shell))
      const { status, stderr } = spawnSync(shell, [flag, file], { encoding: 'utf8' })
      assert.deepEqual([status, stderr], [0, ''])
    })

    test(`the script for ${shell} knows commands, sub-commands, options and how to ask for names`, async () => {
      const text = await script(shell)
      for (const word of ['sign-in', 'set-secret', 'min-validity', 'key-file', 'fob __complete']) {
        assert.ok(text.includes(word), word)
      }
      assert.ok(!/['"( ]__complete/.test(text.replaceAll('fob __complete', '')))
    })
  }

  test('another shell is refused', async () => {
    assert.equal((await typed(['completion', 'tcsh'])).code, 2)
  })

  suite('in bash', () => {
    setup(() => {
      writeFileSync(
        join(place, 'fob'),
        `#!/bin/sh
[ "$1" = __complete ] || exit
case $2 in providers) echo github github-app gitlab ;; *) echo work west home ;; esac
`,
      )
      chmodSync(join(place, 'fob'), 0o755)
    })

    const offered = async (...words: readonly string[]): Promise<string[]> => {
      const asks = `${await script('bash')}
COMP_WORDS=(fob "$@"); COMP_CWORD=$#; _fob; printf '%s\\n' "\${COMPREPLY[@]}"`
      const env = { ...process.env, PATH: `${place}${delimiter}${process.env['PATH']}` }
      const out = execFileSync('bash', ['-c', asks, '-', ...words], { encoding: 'utf8', env })
      return out.split('\n').filter((word) => word !== '')
    }

    const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
      [['si'], ['sign-in', 'sign-out', 'simulate']],
      [
        ['token', 'w'],
        ['work', 'west'],
      ],
      [['token', 'work', '--m'], ['--min-validity']],
      [
        ['vault', ''],
        ['status', 'move', 'unlock'],
      ],
      [
        ['vault', 'move', 'k'],
        ['keychain', 'key-file'],
      ],
      [['add', 'oidc', '--flow', 'd'], ['device']],
      [['add', 'static', '--e'], ['--expires']],
      [['provider', 'set-secret', 'work', '--e'], ['--expires']],
      [['run', '--connection', 'h'], ['home']],
      [['provider', 'set-secret', 'h'], ['home']],
      [['provider', 'rotate-secret', 'h'], ['home']],
      [['provider', 'ro'], ['rotate-secret']],
      [['provider', 'rotate-secret', 'home', '--o'], ['--overlap']],
      [
        ['sandbox', 'start', '--personality', 'git'],
        ['github', 'github-app', 'gitlab'],
      ],
      [
        ['simulate', 'work', 's'],
        ['slow', 'scope-loss', 'stop'],
      ],
      [
        ['add', 'oidc', '--client-secret'],
        ['--client-secret-stdin', '--client-secret-from'],
      ],
    ]
    for (const [words, expected] of cases) {
      test(`fob ${words.join(' ')}⇥ offers ${expected.join(' ')}`, async () => {
        assert.deepEqual(await offered(...words), expected)
      })
    }
  })
})
