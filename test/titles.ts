/**
 * The titles of all tests there are, with the file each is in: what mocha itself would run, so that titles made
 * of a table's rows are among them.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const MOCHA = join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js')
const COMPILED = join(ROOT, 'out', 'test')

const Listed = z.object({ tests: z.array(z.object({ fullTitle: z.string(), file: z.string() })) })

let listed: Promise<ReadonlyMap<string, ReadonlySet<string>>> | undefined

/** Full titles (suites and test, by blanks) by file: `core/lifecycleTable.test.ts`. Listed once a process. */
export function testTitles(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  listed ??= list()
  return listed
}

/** By the sources: a deleted test lives on in out/. */
async function testFiles(): Promise<string[]> {
  const paths = await readdir(join(ROOT, 'test'), { recursive: true })
  return paths.filter((path) => path.endsWith('.test.ts')).sort()
}

const compiledOf = (file: string): string => join(COMPILED, file.replace(/\.ts$/, '.js'))

async function list(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const place = await mkdtemp(join(tmpdir(), 'fob-titles-'))
  try {
    const output = join(place, 'titles.json')
    const files = (await testFiles()).map(compiledOf)
    const reporter = ['--reporter', 'json', '--reporter-option', `output=${output}`]
    await promisify(execFile)(process.execPath, [MOCHA, '--ui', 'tdd', '--dry-run', ...reporter, ...files], {
      cwd: ROOT,
    })
    const titles = new Map<string, Set<string>>()
    for (const { fullTitle, file } of Listed.parse(JSON.parse(await readFile(output, 'utf8'))).tests) {
      const source = relative(COMPILED, file).replace(/\.js$/, '.ts')
      titles.set(source, (titles.get(source) ?? new Set()).add(fullTitle))
    }
    assert.ok(titles.size > 0, 'there are tests')
    return titles
  } finally {
    await rm(place, { recursive: true })
  }
}
