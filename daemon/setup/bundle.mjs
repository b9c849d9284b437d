/**
 * Bundles what ships into daemon/dist, one file for each program. ES modules but for the command, which as
 * CommonJS starts some milliseconds sooner. Each file appears by a rename, so a running fob never sees half.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { zodInParts } from './zodInParts.mjs'

const daemon = fileURLToPath(new URL('..', import.meta.url))
const dist = join(daemon, 'dist')
const fresh = join(dist, '.new')

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
  plugins: [zodInParts],
}

/** CommonJS packages inside an ES module still call require. */
const REQUIRE =
  "import{createRequire as fobRequire}from'node:module';const require=fobRequire(import.meta.url);"

const modules = {
  ...common,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  banner: { js: REQUIRE },
  entryPoints: { daemon: 'main.ts', client: '../shared/client/client.ts', sandbox: 'sandbox/server.ts' },
}

const commonModules = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.dirname': '__dirname' },
  entryPoints: {
    fast: 'cli/fast.ts',
    git: 'cli/gitProgram.ts',
    command: 'cli/fob.ts',
    keychainChild: 'adapters/vault/keychainChild.ts',
  },
}

/**
 * The command in a file named after its content, its compiled form beside it, and a small `command.cjs` that
 * loads the two: V8 tells a source from another by its length alone, so they must never be of two builds.
 */
function withCodeCache() {
  const file = join(fresh, 'command.cjs')
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16)
  const name = `command-${digest}`
  renameSync(file, join(fresh, `${name}.cjs`))
  const home = mkdtempSync(join(tmpdir(), 'fob-bundle-'))
  const script = fileURLToPath(new URL('codeCache.mjs', import.meta.url))
  // What nearly all commands do: parse, load the client, look for the daemon.
  const words = [script, join(fresh, `${name}.cjs`), join(fresh, `${name}.cache`), 'version']
  execFileSync(process.execPath, words, { env: { ...process.env, FOB_HOME: home }, stdio: 'ignore' })
  rmSync(home, { recursive: true })
  writeFileSync(file, loader(name))
  return [`${name}.cjs`, `${name}.cache`]
}

const loader = (name) => `'use strict'
const { readFileSync } = require('node:fs')
const { wrap } = require('node:module')
const { Script } = require('node:vm')
const filename = __dirname + '/${name}.cjs'
const cachedData = readFileSync(__dirname + '/${name}.cache')
const script = new Script(wrap(readFileSync(filename, 'latin1')), { filename, cachedData })
script.runInThisContext().call(exports, exports, require, module, filename, __dirname)
`

rmSync(fresh, { recursive: true, force: true })
mkdirSync(fresh, { recursive: true })
await Promise.all([build(modules), build(commonModules)])
const named = withCodeCache()
const built = readdirSync(fresh)
// The loader last: what it names is there by then.
for (const file of [...named, ...built]) {
  if (readdirSync(fresh).includes(file)) renameSync(join(fresh, file), join(dist, file))
}
rmSync(fresh, { recursive: true })
for (const file of readdirSync(dist)) if (!built.includes(file)) rmSync(join(dist, file), { recursive: true })
