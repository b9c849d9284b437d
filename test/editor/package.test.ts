/** What is in the packed extension: what the editor is told of it, and natives that run as they are. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { notRun } from '../notRun.js'
import { ROOT } from '../process/home.js'
import { packedIn, type Packed } from './packed.js'
import { packaged } from './scene.js'

const run = promisify(execFile)

const MODULES = 'extension/daemon/node_modules/'

/** What an ELF file says of the machine it is for, where its head has it (elf(5)). */
const ELF = { mark: '\x7fELF', machineAt: 18, machines: { x64: 62, arm64: 183 } as Record<string, number> }

const Manifest = z.object({
  extensionKind: z.array(z.string()),
  scripts: z.never().optional(),
  dependencies: z.never().optional(),
  contributes: z.object({
    configuration: z.object({ properties: z.record(z.string(), z.object({ scope: z.string() })) }),
  }),
})

suite('editor/package', () => {
  let packed: readonly Packed[] = []

  suiteSetup(async () => {
    packed = packedIn(await packaged())
  })

  const contentOf = (name: string): Buffer =>
    packed.find((one) => one.name === name)?.content() ?? assert.fail(`${name} is missing`)

  test('the editor is told that it runs where the terminals run, and that folders decide nothing', () => {
    const manifest = Manifest.parse(JSON.parse(contentOf('extension/package.json').toString()))
    assert.deepEqual(manifest.extensionKind, ['workspace'])
    const { properties } = manifest.contributes.configuration
    const open = Object.keys(properties).filter(
      (name) => !/^(machine|application)$/.test(properties[name]?.scope ?? ''),
    )
    // By which a folder may ask.
    assert.deepEqual(open, ['fob.terminal.env'])
    assert.match(
      contentOf('extension.vsixmanifest').toString(),
      new RegExp(`TargetPlatform="${process.platform}-${process.arch}"`),
    )
  })

  test('its natives are for its target, and nothing in it is to be compiled', function () {
    if (process.platform !== 'linux') notRun(this, 'Linux')
    const natives = packed.filter(({ name }) => name.endsWith('.node'))
    for (const { name, content } of natives) {
      const bytes = content()
      assert.equal(bytes.toString('latin1', 0, 4), ELF.mark, name)
      assert.equal(bytes.readUInt16LE(ELF.machineAt), ELF.machines[process.arch], name)
    }
    if (!existsSync(join(ROOT, 'node_modules/keytar/build/Release/keytar.node'))) notRun(this, 'keytar')
    assert.deepEqual(natives.map(({ name }) => name.slice(MODULES.length).replace(/\/.*\//, ' ')).sort(), [
      '@koromix koffi.node',
      'keytar keytar.node',
    ])
    const forCompilers =
      /(binding\.gyp|\.(gyp|gypi|c|cc|cpp|h|hpp|mk)|Makefile|CMakeLists\.txt)$|node-gyp|prebuild-install/
    assert.deepEqual(
      packed.filter(({ name }) => forCompilers.test(name)).map(({ name }) => name),
      [],
    )
  })

  test('its natives load from nothing but what is in it', async () => {
    const place = await mkdtemp(join(tmpdir(), 'fob-ev-'))
    try {
      for (const { name, content } of packed.filter((one) => one.name.startsWith(MODULES))) {
        const path = join(place, 'node_modules', name.slice(MODULES.length))
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, content())
      }
      const uses = [
        "require('koffi').load('libc.so.6').func('int getpid()')()",
        "typeof require('keytar').getPassword",
      ]
      const script = `console.log([${uses.join(', ')}].join())`
      const { stdout } = await run(process.execPath, ['-e', script], { cwd: place, env: {} })
      assert.match(stdout, /^\d+,function\n$/)
    } finally {
      await rm(place, { recursive: true })
    }
  })
})
