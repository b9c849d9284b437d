/**
 * Runs a CommonJS bundle once and writes what V8 compiled of it, so that later starts need not compile again.
 * A run, since V8 compiles functions when they are first called. V8 itself refuses the result under another
 * version or other flags, and then compiles as ever.
 *
 *   node codeCache.mjs BUNDLE CACHE [ARGUMENT…]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire, Module } from 'node:module'
import { basename, dirname } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'

/** As V8 has them when a program starts, whatever the program set since (see smallHeap.ts; one implied another). */
const FIRST_FLAGS = ['--no-optimize-for-size', '--max-semi-space-size=0']

const [bundle, cache, ...words] = process.argv.slice(2)
// Stack traces will name this file whoever loads it, so it is told no directory.
const script = new Script(Module.wrap(readFileSync(bundle, 'latin1')), { filename: basename(bundle) })
process.argv.splice(1, Infinity, bundle, ...words)
process.on('exit', () => {
  for (const flag of FIRST_FLAGS) setFlagsFromString(flag)
  writeFileSync(cache, script.createCachedData())
})
const module = { exports: {} }
script
  .runInThisContext()
  .call(module.exports, module.exports, createRequire(bundle), module, bundle, dirname(bundle))
