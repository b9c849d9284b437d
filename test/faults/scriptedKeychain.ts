/**
 * A keychain program of the test's own, in the place of the shipped one: it keeps keys in a file that stands
 * for the keychain's own storage, and answers as the behaviour of the moment says. The behaviour is read anew
 * for each call, so that a keychain can change its mind under a running daemon.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** What a call does. `request`, `kept` (keys by account), `keep()`, `say(secret)` and `sleep(ms)` are there. */
const BEHAVIOURS = {
  honest: `if (request.action === 'write') kept[request.account] = request.secret
    if (request.action === 'remove') delete kept[request.account]
    keep()
    say(request.action === 'read' ? (kept[request.account] ?? null) : null)`,
  /** Says that it has done it, and has not. */
  forgetful: `say(null)`,
  /** As many do when they are locked: nothing is returned, and nothing is said. */
  silentlyLocked: `if (request.action === 'read') say(null)
    else fail('Cannot create an item in a locked collection')`,
  anotherKey: `say(request.action === 'read' ? Buffer.alloc(32, 7).toString('base64url') : null)`,
  /** Stores are known that keep the first so many bytes and say yes. */
  truncating: `if (request.action === 'write') { kept[request.account] = request.secret.slice(0, 20); keep() }
    say(request.action === 'read' ? (kept[request.account] ?? 'AAAA').slice(0, 20) : null)`,
  rubbish: `process.stdout.write('{"kind":"done","secret":"' + 'A'.repeat(1e3))`,
  /** Never stops talking. */
  flooding: `const flood = () => { while (process.stdout.write('x'.repeat(65536))); process.stdout.once('drain', flood) }
    flood()`,
  crashing: `process.kill(process.pid, 'SIGSEGV')`,
  killed: `process.kill(process.pid, 'SIGKILL')`,
  hanging: `setInterval(() => undefined, 1000)`,
  slow: `sleep(2000); say(request.action === 'read' ? (kept[request.account] ?? null) : null)`,
  failing: `fail('The name org.freedesktop.secrets was not provided by any .service files')`,
} as const
export type Behaviour = keyof typeof BEHAVIOURS

const Kept = z.record(z.string(), z.string())

export class ScriptedKeychain {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
    this.behave('honest')
  }

  behave(behaviour: Behaviour): void {
    writeFileSync(join(this.#directory, 'behaviour'), behaviour)
  }

  /** Keys as the keychain has them, by account. */
  get kept(): Record<string, string> {
    const path = this.#store
    return existsSync(path) ? Kept.parse(JSON.parse(readFileSync(path, 'utf8'))) : {}
  }

  set kept(keys: Record<string, string>) {
    writeFileSync(this.#store, JSON.stringify(keys))
  }

  get #store(): string {
    return join(this.#directory, 'keys.json')
  }

  /** The program's text. */
  get source(): string {
    return `const { existsSync, readFileSync, writeFileSync } = require('node:fs')
      const store = ${JSON.stringify(this.#store)}
      const request = JSON.parse(readFileSync(0, 'utf8'))
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), request.lifetimeMs).unref()
      const kept = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {}
      const keep = () => writeFileSync(store, JSON.stringify(kept))
      const say = (secret) => process.stdout.write(JSON.stringify({ kind: 'done', secret }))
      const fail = (reason) => process.stdout.write(JSON.stringify({ kind: 'failed', reason }))
      const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
      const behaviours = {${Object.entries(BEHAVIOURS)
        .map(([name, code]) => `${name}() {${code}}`)
        .join(',\n')}}
      behaviours[readFileSync(${JSON.stringify(join(this.#directory, 'behaviour'))}, 'utf8')]()`
  }
}
