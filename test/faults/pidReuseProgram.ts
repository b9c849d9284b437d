/**
 * Runs alone in a process namespace of its own: a caller connects, hands its connection on and ends, and a
 * program of another kind gets its number. Prints what is said of the caller then, by a kernel that tells whether
 * the one who connected lives and by one that does not.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { KernelPeerCredentials } from '../../daemon/adapters/system/callerFacts.js'

const [path = ''] = process.argv.slice(2)

/** Connects, gives the connection to a program that stays, and ends. */
const CALLER = `const socket = require('net').connect(process.argv[1], () => {
  require('child_process').spawn('sleep', ['30'], { stdio: ['ignore', 'ignore', 'ignore', socket._handle.fd] })
  process.exit()
})`

const server = createServer({ pauseOnConnect: true }).listen(path)
await once(server, 'listening')
const caller = spawn(process.execPath, ['-e', CALLER, path], { stdio: 'inherit' })
const ended = once(caller, 'exit')
const given: unknown[] = await once(server, 'connection')
const [socket] = given
await ended
assert.ok(socket instanceof Socket && caller.pid !== undefined)
const descriptor = Number(Reflect.get(Object(Reflect.get(socket, '_handle')), 'fd'))

writeFileSync('/proc/sys/kernel/ns_last_pid', String(caller.pid - 1))
const successor = spawn('sleep', ['30'], { stdio: 'ignore' })
assert.equal(successor.pid, caller.pid)
const told = new KernelPeerCredentials().of(descriptor)
const untold = new KernelPeerCredentials({ of: () => undefined, live: () => false }).of(descriptor)
console.log(JSON.stringify({ pid: caller.pid, told, untold }))
process.exit()
