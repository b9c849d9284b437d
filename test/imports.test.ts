import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { importsOf, parsed, rooms, violationsIn } from './arrows.js'
import { figure } from './figures.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .filter((path) => !/(^|\/)(node_modules|dist|out)\//.test(path))
}

const sources = new Map(
  ['shared', 'daemon', 'extension', 'test']
    .filter((folder) => readdirSync(root).includes(folder))
    .flatMap((folder) => filesUnder(folder, '.ts'))
    .map((path) => [path, parsed(path, readFileSync(join(root, path), 'utf8'))]),
)

/** What is found once `text` stands in `path`, that is not found without it. */
function planted(path: string, text: string, before: readonly string[]): string[] {
  const after = violationsIn(new Map([...sources, [path, parsed(path, text)]]))
  return after.filter((violation) => !before.includes(violation))
}

/** One way to break each rule: where, what, and the word by which the violation is known. */
const plants: ReadonlyArray<readonly [rule: string, path: string, text: string, known: RegExp]> = [
  ['core has no outside', 'daemon/core/planted.ts', `import { readFileSync } from 'node:fs'`, /node:fs/],
  ['core has no package', 'daemon/core/planted.ts', `import { z } from 'zod'`, /zod/],
  ['core knows no adapter', 'daemon/core/planted.ts', `import '../adapters/system/posix.js'`, /adapters/],
  [
    'not by type either',
    'daemon/core/planted.ts',
    `export type A = import('../adapters/logs/log.js').Log`,
    /adapters/,
  ],
  [
    'core has no values of providers',
    'daemon/core/planted.ts',
    `import { a } from '../providers/profile.js'`,
    /types/,
  ],
  [
    'core knows no catalogue',
    'daemon/core/planted.ts',
    `import type { a } from '../providers/catalogue.js'`,
    /catalogue/,
  ],
  ['core has no clock', 'daemon/core/planted.ts', `export const a = Date.now()`, /Date\.now/],
  ['core has no clock by another door', 'daemon/core/planted.ts', `export const a = new Date()`, /new Date/],
  ['core has no timers', 'daemon/core/planted.ts', `setTimeout(() => 0, 1)`, /setTimeout/],
  ['core has no chance', 'daemon/core/planted.ts', `export const a = Math.random()`, /Math\.random/],
  ['core has no process', 'daemon/core/planted.ts', `export const a = process.pid`, /process/],
  ['core has no console', 'daemon/core/planted.ts', `console.log(1)`, /console/],
  ['edges know no adapter', 'daemon/edges/planted.ts', `import('../adapters/system/posix.js')`, /adapters/],
  ['the command knows no core', 'daemon/cli/planted.ts', `import '../core/policy.js'`, /core/],
  ['the editor knows no daemon', 'extension/planted.ts', `import '../daemon/core/policy.js'`, /core/],
  ['the contract has no outside', 'shared/contract/planted.ts', `import 'node:path'`, /node:path/],
  [
    'the vault asks no server',
    'daemon/adapters/vault/planted.ts',
    `import '../oauth/pinning.js'`,
    /may not know/,
  ],
  [
    'one package an adapter',
    'daemon/adapters/vault/planted.ts',
    `import 'jose'\nimport 'undici'`,
    /2 packages/,
  ],
  ['imports can be read', 'daemon/edges/planted.ts', `const a = 'x'\nimport(a)`, /literal/],
  ['rooms are in the table', 'daemon/helpers/planted.ts', `export const a = 1`, /no room/],
  ['no index files', 'daemon/core/index.ts', `export const a = 1`, /index/],
  ['no barrels', 'daemon/core/planted.ts', `export * from './policy.js'`, /passes/],
  ['no default exports', 'daemon/core/planted.ts', `export default 1`, /default/],
  ['no circles', 'daemon/core/planted.ts', `import type { a } from './planted.js'`, /circle/],
  [
    'the lifecycle knows no connection',
    'daemon/core/lifecycle/planted.ts',
    `import type { Connection } from '../connection/connection.js'`,
    /circle: .*core\/connection -> /,
  ],
  [
    'what all of the core stands on knows none of it',
    'daemon/core/planted.ts',
    `import type { State } from './lifecycle/states.js'`,
    /circle: /,
  ],
]

suite('import arrows', () => {
  test('H9 every import follows the table, and no two files import each other', () => {
    const violations = violationsIn(sources)
    const missed = plants.filter(
      ([, path, text, known]) => !planted(path, text, violations).some((line) => known.test(line)),
    )
    figure('H9', {
      value: `${violations.length} violations, ${plants.length - missed.length} of ${plants.length} planted ones found`,
      bar: '0, all',
      ok: violations.length === 0 && missed.length === 0,
    })
    assert.deepEqual(violations, [])
    assert.deepEqual(
      missed.map(([rule]) => rule),
      [],
    )
  })

  test('each room refers only to rooms it may import', () => {
    for (const path of [...filesUnder('shared', 'tsconfig.json'), ...filesUnder('daemon', 'tsconfig.json')]) {
      const folder = dirname(path)
      const own = rooms.filter(
        (room) => room.folder === folder || (!room.flat && dirname(room.folder) === folder),
      )
      assert.ok(own.length > 0, `${path} belongs to no room`)
      const allowed = own.flatMap((room) => [...room.rooms, ...(room.types ?? [])])
      for (const target of referencesOf(path).map((reference) => join(folder, reference))) {
        const reaches = allowed.some((place) => place.startsWith(target) || target.startsWith(place))
        assert.ok(reaches, `${path} refers to ${target}, which ${folder} may not import`)
      }
    }
  })

  test('rooms without an outside are compiled without ambient types', () => {
    for (const { folder } of rooms.filter(({ pure }) => pure)) {
      assert.deepEqual(compilerOptions(`${folder}/tsconfig.json`).types, [], folder)
    }
  })

  test('setting up needs nothing but Node until the install is done', () => {
    const reached = new Set(['start.mjs', 'stop.mjs'].map((name) => join('daemon/setup', name)))
    // A set gives what is added while it is walked as well.
    for (const path of reached) {
      for (const { specifier } of importsOf(parsed(path, readFileSync(join(root, path), 'utf8')))) {
        assert.match(specifier, /^(node:|\.\/)/, path)
        if (specifier.startsWith('.')) reached.add(join(dirname(path), specifier))
      }
    }
    assert.ok(reached.has('daemon/setup/installation.mjs'))
  })
})

suite('the compiler holds the arrows too', () => {
  let copy: string

  suiteSetup(() => {
    copy = mkdtempSync(join(tmpdir(), 'fob-arrows-'))
    for (const part of [
      'tsconfig.json',
      'package.json',
      'shared/contract',
      'daemon/providers',
      'daemon/core',
    ]) {
      cpSync(join(root, part), join(copy, part), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  })

  suiteTeardown(() => rmSync(copy, { recursive: true, force: true }))

  const compile = (room: string): { status: number | null; stdout: string } => {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    return spawnSync(process.execPath, [tsc, '-b', room], { cwd: copy, encoding: 'utf8' })
  }

  for (const room of ['shared/contract', 'daemon/core']) {
    test(`H9 ${room} compiles, and no longer once it imports node:fs`, () => {
      const clean = compile(room)
      assert.equal(clean.status, 0, clean.stdout)
      const plant = join(copy, room, 'planted.ts')
      writeFileSync(plant, `import { readFileSync } from 'node:fs'\nexport const a = readFileSync('a')\n`)
      const { status, stdout } = compile(room)
      rmSync(plant)
      assert.notEqual(status, 0)
      assert.match(stdout, /planted\.ts.*node:fs/)
    })
  }
})

function project(path: string): ts.ParsedCommandLine {
  const file = join(root, path)
  const read: { config?: unknown; error?: ts.Diagnostic } = ts.readConfigFile(file, (name) =>
    readFileSync(name, 'utf8'),
  )
  assert.equal(read.error, undefined)
  return ts.parseJsonConfigFileContent(read.config, ts.sys, dirname(file))
}

const compilerOptions = (path: string): ts.CompilerOptions => project(path).options

/** The referenced projects, relative to the folder of the file. */
function referencesOf(path: string): string[] {
  const folder = join(root, dirname(path))
  return (project(path).projectReferences ?? []).map((reference) =>
    reference.path.startsWith(folder)
      ? reference.path.slice(folder.length + 1)
      : `${upTo(folder, reference.path)}`,
  )
}

function upTo(folder: string, target: string): string {
  const depth = folder.slice(root.length).split('/').length
  return `${'../'.repeat(depth)}${target.slice(root.length)}`
}
