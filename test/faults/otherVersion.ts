/**
 * Another version of the daemon, made from the same sources: its version and, where asked, the format of its
 * state are others. It stands in a directory of its own, as another installation does.
 */
import assert from 'node:assert/strict'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { ROOT } from '../process/home.js'

/** What of the sources differs: file, from, to. */
type Difference = readonly [RegExp, string, string]

const differing = (differences: readonly Difference[]): Plugin => ({
  name: 'differing',
  setup: (building) => {
    for (const [filter, from, to] of differences) {
      building.onLoad({ filter }, async ({ path }) => {
        const source = await readFile(path, 'utf8')
        assert.ok(source.includes(from), `${path} does not say: ${from}`)
        return { loader: 'ts', contents: source.replace(from, to) }
      })
    }
  },
})

/** Resolves with the path of its program. `format` is that of the state it writes. */
export async function otherVersion(directory: string, version: string, format?: number): Promise<string> {
  await mkdir(directory, { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  const differences: Difference[] = [
    [/contract[/\\]version\.ts$/, "VERSION = '0.1.0'", `VERSION = '${version}'`],
    ...(format === undefined ? [] : [formatOf(format)]),
  ]
  await build({
    absWorkingDir: join(ROOT, 'daemon'),
    entryPoints: { daemon: 'main.ts', keychainChild: 'adapters/vault/keychainChild.ts' },
    outdir: directory,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    bundle: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    target: 'node20.19',
    external: ['koffi', 'keytar'],
    define: { 'import.meta.dirname': '__dirname', 'import.meta.url': 'fobUrl' },
    banner: { js: "const fobUrl = require('node:url').pathToFileURL(__filename).href" },
    logLevel: 'warning',
    plugins: [differing(differences)],
  })
  return join(directory, 'daemon.cjs')
}

const formatOf = (format: number): Difference => [
  /vault[/\\]stateDocument\.ts$/,
  'FORMAT = 1',
  `FORMAT = ${format}`,
]
