/** Getting hold of the two places the sandbox listens at: a loopback port that stays, and the control socket. */
import { lstat, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { Refusal } from '../../shared/contract/errors.js'
import { socketPathLimit } from '../../shared/contract/places.js'
import { quoted } from '../../shared/contract/shellWord.js'
import { systemCode } from '../../shared/contract/systemCode.js'
import { makePrivateDirectory } from './durableFile.js'
import { Settings } from './settings.js'

const HOST = '127.0.0.1'

function listen(server: Server, where: { port: number; host: string } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/**
 * Listens on the port of the settings; at a first start on a free one, which is kept. Holding this port is holding
 * the state: a second process over the same directory does not get past here.
 */
export async function listenForClients(
  server: Server,
  settingsPath: string,
  firstLifetime: number | null,
): Promise<Settings> {
  const known = await Settings.read(settingsPath)
  if (known !== undefined) return listenAgain(server, known, settingsPath)
  await listen(server, { port: 0, host: HOST })
  const created = await Settings.create(settingsPath, portOf(server), firstLifetime)
  if (created !== undefined) return created
  await new Promise((resolve) => server.close(resolve))
  return listenForClients(server, settingsPath, firstLifetime)
}

async function listenAgain(server: Server, settings: Settings, settingsPath: string): Promise<Settings> {
  try {
    await listen(server, { port: settings.port, host: HOST })
    return settings
  } catch (cause) {
    if (systemCode(cause) !== 'EADDRINUSE') throw cause
    const message =
      `the sandbox's port ${settings.port} is in use; without its settings it takes ` +
      'another port, and connections to it are added anew'
    throw new Refusal('misconfigured', message, { fix: `rm ${quoted(settingsPath)}`, cause })
  }
}

/** Listens for control. A socket left by a dead process is replaced; a live one is respected. */
export async function listenForControl(server: Server, path: string): Promise<void> {
  const longest = socketPathLimit(process.platform)
  if (Buffer.byteLength(path) > longest) {
    throw new Refusal('misconfigured', `the socket path ${path} is over ${longest} bytes`, {
      fix: 'export FOB_HOME="$HOME/.fob"',
    })
  }
  await makePrivateDirectory(dirname(path))
  await clearSocket(path)
  // The mask makes it 0600 the moment it exists; listening on a path binds before this call returns.
  const mask = process.umask(0o177)
  const listening = listen(server, { path })
  process.umask(mask)
  await listening
}

async function clearSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (!found.isSocket()) {
    throw new Refusal('misconfigured', `${path} is there and is no socket`, { fix: `rm ${quoted(path)}` })
  }
  if (await isAnswered(path)) {
    throw new Refusal('misconfigured', `another sandbox listens on ${path}`, { fix: 'fob sandbox stop' })
  }
  await unlink(path)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
