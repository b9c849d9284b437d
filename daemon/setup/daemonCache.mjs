/**
 * Runs the daemon's bundle once, in a home of its own, through what every start does, and keeps what V8 compiled
 * of it (see codeCache.mjs): listening, the vault with a connection in it, a few answers, and the end.
 *
 *   FOB_HOME=DIR node daemonCache.mjs BUNDLE CACHE
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const [bundle, cache] = process.argv.slice(2)
const { FOB_HOME, HOME, PATH } = process.env

const daemon = spawn(
  process.execPath,
  [fileURLToPath(new URL('codeCache.mjs', import.meta.url)), bundle, cache],
  { env: { FOB_HOME, HOME, PATH }, stdio: ['ignore', 'pipe', 'inherit'] },
)
const ended = once(daemon, 'exit')
const [line] = await Promise.race([once(createInterface({ input: daemon.stdout }), 'line'), ended])
if (typeof line !== 'string' || JSON.parse(line).ready !== true) throw new Error(`the daemon said ${line}`)
const { socket: socketPath } = JSON.parse(line)

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, method, path, agent: false }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode))
    })
    asking.once('error', reject)
    asking.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

await ask('GET', '/v1/hello')
await ask('POST', '/v1/vault', { action: 'unlock' })
await ask('GET', '/v1/status')
await ask('GET', '/v1/connections/none/access-token')
await ask('POST', '/v1/shutdown', {})
const [code, signal] = await ended
if (code !== 0) throw new Error(`the daemon ended with ${signal ?? code}`)
