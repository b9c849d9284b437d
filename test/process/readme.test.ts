import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { notRun } from '../notRun.js'
import { Home, ran, ROOT, type Ran } from './home.js'

/** How each language is run, its block being the last argument. */
const RUNNERS: Readonly<Record<string, { readonly program: string; readonly flag: string }>> = {
  sh: { program: 'sh', flag: '-c' },
  python: { program: 'python3', flag: '-c' },
  node: { program: process.execPath, flag: '-e' },
}

/** A comment, then the block it is about. */
const TESTED = /<!-- tested: (\w+) -->\s*```\w+\n(.*?)```/gs

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(TESTED)].map(([, language = '', text = '']) => ({ language, text }))

suite('what the README shows', function () {
  let home: Home

  suiteSetup(async function () {
    this.timeout(60_000)
    home = await Home.signedIn()
  })

  suiteTeardown(async () => {
    await home?.remove()
  })

  const run = (program: string, ...words: string[]): Promise<Ran> =>
    ran(spawn(program, words, { env: { ...home.environment, FOB_SOCKET: home.socket } }))

  test('has a block in sh, Python and Node, and none that nobody runs', () => {
    assert.deepEqual(blocks.map(({ language }) => language).sort(), Object.keys(RUNNERS).sort())
    assert.equal(readme.match(/<!-- tested:/g)?.length, blocks.length)
  })

  for (const { language, text } of blocks) {
    test(`reads an access token as written, in ${language}`, async function () {
      const { program, flag } = RUNNERS[language] ?? assert.fail(`nothing runs ${language}`)
      if (language === 'sh' && spawnSync('curl', ['--version']).error) notRun(this, 'curl')
      if (spawnSync(program, [flag, '']).error) notRun(this, program)
      const { code, stdout, stderr } = await run(program, flag, text)
      assert.equal(code, 0, stderr)
      assert.equal(stdout, `${(await home.lease('sandbox')).accessToken}\n`)
    })
  }

  test('names what `fob/client` exports', async () => {
    const [, name = ''] = /import \{ (\w+) \} from 'fob\/client'/.exec(readme) ?? []
    const client = pathToFileURL(join(ROOT, 'daemon', 'dist', 'client.mjs')).href
    const program = `import { ${name} } from '${client}'
      const fob = ${name}()
      const { accessToken } = await fob.call('accessToken', { params: { c: 'sandbox' } })
      fob.close()
      console.log(accessToken)`
    const { code, stdout, stderr } = await run(process.execPath, '--input-type=module', '-e', program)
    assert.equal(code, 0, stderr)
    assert.equal(stdout, `${(await home.lease('sandbox')).accessToken}\n`)
  })
})
