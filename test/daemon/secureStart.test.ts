import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

const secureStart = JSON.stringify(new URL('../../daemon/secureStart.js', import.meta.url).href)

const After = z.object({
  env: z.record(z.string(), z.string()),
  umask: z.number(),
  cwd: z.string(),
  options: z.unknown(),
  debugSignals: z.number(),
})

/** Secures a process of its own, since it is changed for good, and tells what became of it. */
function secured(args: string[], env: Record<string, string> = {}, nodeOptions: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'fob-secure-'))
  try {
    const program = join(folder, 'program.mjs')
    writeFileSync(program, programFor(args))
    return spawnSync(process.execPath, [...nodeOptions, program], { env, encoding: 'utf8' }).stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const programFor = (args: string[]): string => `import { secureStart } from ${secureStart}
  try {
    const options = secureStart(${JSON.stringify(args)})
    console.log(JSON.stringify({ options, env: process.env, umask: process.umask(), cwd: process.cwd(),
      debugSignals: process.listenerCount('SIGUSR1') }))
  } catch (error) {
    console.log(error.name + ': ' + error.message + ' | ' + error.fix)
  }`

suite('secure start', () => {
  test('of the environment only the allow-list is left, with HOME and PATH not the starter’s', () => {
    const after = After.parse(
      JSON.parse(
        secured([], {
          FOB_HOME: '/somewhere',
          HOME: '/elsewhere',
          PATH: '/work/evil',
          LC_ALL: 'C',
          HTTPS_PROXY: 'http://127.0.0.1:1',
          NODE_TLS_REJECT_UNAUTHORIZED: '0',
          GITHUB_TOKEN: 'secret',
        }),
      ),
    )
    const { PATH, ...rest } = after.env
    assert.deepEqual(rest, { FOB_HOME: '/somewhere', HOME: userInfo().homedir, LC_ALL: 'C' })
    assert.doesNotMatch(PATH ?? '', /work/)
  })

  test('files will be private, no directory is kept busy, and the debug signal is taken', () => {
    const after = After.parse(JSON.parse(secured([])))
    assert.equal(after.umask, 0o077)
    assert.equal(after.cwd, '/')
    assert.equal(after.debugSignals, 1)
    assert.deepEqual(after.options, { development: false, successor: false })
  })

  test('whatever has steered the process before its first line is refused, and named', () => {
    for (const name of ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'OPENSSL_CONF', 'LD_LIBRARY_PATH']) {
      const value = name === 'NODE_OPTIONS' ? '--no-warnings' : '/nonexistent'
      assert.match(secured([], { [name]: value }), new RegExp(`StartRefused: ${name} is set.*\\| fob up`))
    }
    assert.match(secured([], {}, ['--inspect=127.0.0.1:0']), /StartRefused: --inspect/)
    assert.match(secured([], {}, ['--import=node:fs']), /StartRefused: --import/)
    assert.match(secured([], {}, ['-r', 'node:fs']), /StartRefused: -r/)
    assert.match(secured([], {}, ['--heapsnapshot-signal=SIGUSR2']), /StartRefused: --heapsnapshot-signal/)
  })

  test('development on the command line lets debuggers in', () => {
    const after = After.parse(JSON.parse(secured(['--development'], { NODE_OPTIONS: '--no-warnings' })))
    assert.deepEqual(after.options, { development: true, successor: false })
  })

  test('an argument it does not know is refused', () => {
    assert.match(secured(['--devlopment']), /StartRefused: the daemon knows no --devlopment.*\| fob up/)
  })
})
