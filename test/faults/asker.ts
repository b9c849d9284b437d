/**
 * Asks a socket: `node asker.mjs SOCKET CONNECTOR,USER "METHOD PATH"…`, and prints each answer as a line of JSON.
 * With two user numbers each connection is made as the first and then used as the second, as when a program is
 * handed a descriptor. Stands alone, so that it can be copied.
 */
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'

const [socketPath = '', users = '', ...requests] = process.argv.slice(2)
const [connector, user] = users === '' ? [] : users.split(',').map(Number)

function become(uid: number | undefined): void {
  if (uid === undefined) return
  process.seteuid?.(0)
  process.seteuid?.(uid)
}

/** Connecting to a local socket happens within the call. */
async function connected(): Promise<Socket> {
  become(connector)
  const socket = connect(socketPath)
  await once(socket, 'connect')
  become(user)
  return socket
}

for (const line of requests) {
  const [method = '', path = ''] = line.split(' ')
  const socket = await connected()
  await new Promise<void>((resolve, reject) => {
    const headers = method === 'POST' ? { 'content-type': 'application/json' } : {}
    const asking = request({ createConnection: () => socket, method, path, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.on('end', () => {
        console.log(JSON.stringify({ path, status: answer.statusCode, text }))
        resolve()
      })
    })
    asking.on('error', reject)
    asking.end(method === 'POST' ? '{}' : undefined)
  })
}
