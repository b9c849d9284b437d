/**
 * Runs the program it is given after a library was preloaded into this process. The daemon refuses to start with
 * LD_PRELOAD in its environment and takes out what it does not know, so it gets a copy of the environment without
 * either; the library goes on reading the process's own.
 */
import { pathToFileURL } from 'node:url'

process.env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(LD_PRELOAD$|FAKETIME_)/.test(name)),
)
process.argv.splice(1, 1)
await import(pathToFileURL(process.argv[1] ?? '').href)
