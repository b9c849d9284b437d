/** The suites in the order they run, and which test file belongs to which. */
import { readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { root } from '../daemon/setup/fobCommand.mjs'

/**
 * `folders` are those of test/ whose tests belong to it; `unit` takes all that no other names, so that a new
 * folder is never left out. `timeout` is mocha's, in milliseconds, for a test that sets none.
 */
export const suites = [
  { name: 'check', title: 'Types, lint, format and import arrows', folders: [], timeout: 120_000 },
  { name: 'unit', title: 'Units', folders: undefined, timeout: 20_000 },
  {
    name: 'contract',
    title: 'Contracts, on fakes and on the real things',
    folders: ['contract'],
    timeout: 30_000,
  },
  { name: 'process', title: 'The whole daemon', folders: ['process'], timeout: 60_000 },
  { name: 'kill', title: 'Kill -9 at every step', folders: ['kill'], timeout: 120_000 },
  { name: 'faults', title: 'Broken servers, disks and networks', folders: ['faults'], timeout: 120_000 },
  {
    name: 'mutants',
    title: 'Sabotaged builds, each caught by a test',
    folders: ['mutants'],
    timeout: 120_000,
  },
  { name: 'tools', title: 'Real tools as callers', folders: ['tools'], timeout: 120_000 },
  { name: 'editor', title: 'In the editor', folders: ['editor'], timeout: 300_000 },
  { name: 'bench', title: 'Figures of speed', folders: ['bench'], timeout: 600_000 },
]

/** The check suite's own mocha tests. */
const CHECKS = new Set(['imports.test.ts', 'mutants/table.test.ts', 'faults/table.test.ts'])

const sources = join(root, 'test')

function suiteOf(path) {
  if (CHECKS.has(path)) return 'check'
  const folder = path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
  return suites.find(({ folders }) => folders?.includes(folder))?.name ?? 'unit'
}

/** Compiled files of a suite, by its sources: a deleted test does not live on in out/. */
export function filesOf(name) {
  return readdirSync(sources, { recursive: true })
    .map((path) => relative(sources, join(sources, String(path))))
    .filter((path) => path.endsWith('.test.ts') && suiteOf(path) === name)
    .sort()
    .map((path) => join(root, 'out', 'test', path.replace(/\.ts$/, '.js')))
}

export const nameOf = (file) => basename(file, '.test.js')

/**
 * What to run of `asked`, words like `faults` or `faults/upgrade`, or everything: whole suites, or single files
 * when they were named so or `apart`. `label` is the word for it.
 */
export function partsOf(asked, apart) {
  return suites.flatMap((suite) => {
    const { name } = suite
    const files = filesOf(name)
    const single = files.map((file) => ({ suite, files: [file], label: `${name}/${nameOf(file)}` }))
    if (asked.length === 0 || asked.includes(name)) return apart ? single : [{ suite, files, label: name }]
    return single.filter(({ label }) => asked.includes(label))
  })
}
