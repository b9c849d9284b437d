/**
 * Bundles what ships into daemon/dist, one file for each program. What is started often or waited for is
 * CommonJS, which starts some milliseconds sooner, and the two large ones, the command and the daemon, have
 * their compiled form beside them. Each file appears by a rename, so a running fob never sees half.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { digestOfSources } from './installation.mjs'
import { packagesInParts } from './packagesInParts.mjs'
import { zodInParts } from './zodInParts.mjs'

const daemon = fileURLToPath(new URL('..', import.meta.url))
const dist = join(daemon, 'dist')
const fresh = join(dist, '.new')

/** The same in all programs, so that the command knows a daemon of its own build. */
const FOB_BUILD = JSON.stringify(digestOfSources().slice(0, 16))

const common = {
  absWorkingDir: daemon,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  mainFields: ['module', 'main'],
  // Native code, and a server with views of its own that only the sandbox loads.
  external: ['koffi', 'keytar', 'oidc-provider'],
  // Names stay, for stack traces; blanks and comments only cost start time.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  outdir: fresh,
  plugins: [zodInParts, packagesInParts],
  define: { FOB_BUILD },
}

/** CommonJS packages inside an ES module still call require. */
const REQUIRE =
  "import{createRequire as fobRequire}from'node:module';const require=fobRequire(import.meta.url);"

const modules = {
  ...common,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  banner: { js: REQUIRE },
  entryPoints: { client: '../shared/client/client.ts', sandbox: 'sandbox/server.ts' },
}

const commonModules = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  banner: { js: "const fobUrl=require('node:url').pathToFileURL(__filename).href;" },
  define: { ...common.define, 'import.meta.dirname': '__dirname', 'import.meta.url': 'fobUrl' },
  entryPoints: {
    daemon: 'main.ts',
    fast: 'cli/fast.ts',
    git: 'cli/gitProgram.ts',
    command: 'cli/fob.ts',
    keychainChild: 'adapters/vault/keychainChild.ts',
  },
}

/**
 * A program in a file named after its content, its compiled form beside it, and a small loader of the two: V8
 * tells a source from another by its length alone, so they must never be of two builds. `exercise` runs the
 * program once, by a script that keeps what V8 compiled of it.
 */
function withCodeCache(program, loaderFile, loader, exercise) {
  const bundle = join(fresh, `${program}.cjs`)
  const source = inAscii(readFileSync(bundle, 'utf8'))
  const digest = createHash('sha256').update(source).digest('hex').slice(0, 16)
  const name = `${program}-${digest}`
  rmSync(bundle)
  writeFileSync(join(fresh, `${name}.cjs`), source)
  const home = mkdtempSync(join(tmpdir(), 'fob-bundle-'))
  const words = [join(fresh, `${name}.cjs`), join(fresh, `${name}.cache`)]
  execFileSync(process.execPath, [setupScript(exercise[0]), ...words, ...exercise.slice(1)], {
    env: { ...process.env, FOB_HOME: home },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  rmSync(home, { recursive: true })
  chmodSync(join(fresh, `${name}.cache`), 0o644)
  writeFileSync(join(fresh, loaderFile), loader(name))
  return [`${name}.cjs`, `${name}.cache`]
}

const setupScript = (name) => fileURLToPath(new URL(name, import.meta.url))

/** The loaders read it as latin1, which takes half the memory. esbuild leaves other characters in patterns. */
const inAscii = (source) =>
  source.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const commandLoader = (name) => `'use strict'
const { readFileSync } = require('node:fs')
const { wrap } = require('node:module')
const { Script } = require('node:vm')
const filename = __dirname + '/${name}.cjs'
const cachedData = readFileSync(__dirname + '/${name}.cache')
const script = new Script(wrap(readFileSync(filename, 'latin1')), { filename, cachedData })
script.runInThisContext().call(exports, exports, require, module, filename, __dirname)
`

const daemonLoader = (name) => `import { readFileSync } from 'node:fs'
import { createRequire, Module } from 'node:module'
import { Script } from 'node:vm'
const directory = import.meta.dirname
const filename = directory + '/${name}.cjs'
const cachedData = readFileSync(directory + '/${name}.cache')
const script = new Script(Module.wrap(readFileSync(filename, 'latin1')), { filename, cachedData })
const module = { exports: {} }
script.runInThisContext().call(module.exports, module.exports, createRequire(filename), module, filename, directory)
`

rmSync(fresh, { recursive: true, force: true })
mkdirSync(fresh, { recursive: true })
await Promise.all([build(modules), build(commonModules)])
const named = [
  // What nearly all commands do: parse, load the client, look for the daemon.
  ...withCodeCache('command', 'command.cjs', commandLoader, ['codeCache.mjs', 'version']),
  ...withCodeCache('daemon', 'daemon.mjs', daemonLoader, ['daemonCache.mjs']),
]
const built = readdirSync(fresh)
// The loaders last: what they name is there by then.
for (const file of [...named, ...built]) {
  if (readdirSync(fresh).includes(file)) renameSync(join(fresh, file), join(dist, file))
}
rmSync(fresh, { recursive: true })
for (const file of readdirSync(dist)) if (!built.includes(file)) rmSync(join(dist, file), { recursive: true })
