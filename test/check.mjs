/** `npm run check`: types, lint, format and import arrows. Each is one line; a failure prints all it has. */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../daemon/setup/fobCommand.mjs'
import { explain, run, step } from '../daemon/setup/steps.mjs'
import { filesOf } from './suites.mjs'

const bin = (...parts) => join(root, 'node_modules', ...parts)
const node = (...args) => run(process.execPath, args, { cwd: root })

/** In this order: lint and arrows read what the compiler knows. */
export const checks = [
  { title: 'types', work: () => node(bin('typescript', 'bin', 'tsc'), '-b') },
  { title: 'lint', work: () => node(bin('eslint', 'bin', 'eslint.js'), '.') },
  { title: 'format', work: () => node(bin('prettier', 'bin', 'prettier.cjs'), '--check', '.') },
]

const arrows = {
  title: 'import arrows',
  work: () =>
    node(bin('mocha', 'bin', 'mocha.js'), '--ui', 'tdd', '--timeout', '120000', ...filesOf('check')),
}

/** Runs one and says whether it is well. */
export async function passes({ title, work }) {
  try {
    await step(title, async () => void (await work()))
    return true
  } catch (error) {
    explain(error)
    return false
  }
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  for (const check of [...checks, arrows]) {
    if (!(await passes(check))) process.exitCode = 1
  }
}
