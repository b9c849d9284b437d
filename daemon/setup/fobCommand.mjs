/** The `fob` command of this clone, called the way a person would call it. */
import { fileURLToPath } from 'node:url'
import { run } from './steps.mjs'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const launcher = fileURLToPath(new URL('../fob.js', import.meta.url))
export const bundledCommand = fileURLToPath(new URL('../dist/command.cjs', import.meta.url))

/** Resolves with `{code, stdout, stderr}` when it ends with an accepted code; says nothing while it works. */
export async function fob(args, accepted = [0]) {
  return run(process.execPath, [launcher, ...args], { accepted })
}

/** For steps that only need to happen. */
export async function runFob(args) {
  await fob(args)
}
