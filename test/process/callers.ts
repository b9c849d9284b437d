/**
 * One process of a crowd: `node callers.js SOCKET PATH COUNT`. Says `ready`, and at a line on standard input
 * asks COUNT times at once, each on a connection of its own. Says `asked` once all requests are on their way,
 * then one line of JSON: how often each access token came, and what failed.
 */
import { connect } from 'node:net'

const [socketPath = '', path = '', count = '0'] = process.argv.slice(2)

/** A full backlog is no refusal: the caller comes again. Milliseconds. */
const RETRY_MS = 10

let underWay = 0
const begun = (): void => {
  underWay += 1
  if (underWay === Number(count)) console.log('asked')
}

/** The whole answer of one request. */
function once(): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(socketPath, () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: fob\r\nAccept: text/plain\r\nConnection: close\r\n\r\n`,
        begun,
      )
    })
    socket.setEncoding('utf8').on('data', (piece: string) => (answer += piece))
    socket.once('end', () => resolve(answer))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EAGAIN') setTimeout(() => resolve(once()), RETRY_MS)
      else reject(error)
    })
  })
}

console.log('ready')
process.stdin.once('data', () => {
  process.stdin.unref()
  void Promise.allSettled(Array.from({ length: Number(count) }, once)).then((answers) => {
    const tokens: Record<string, number> = {}
    const failures: string[] = []
    for (const answer of answers) {
      const text = answer.status === 'fulfilled' ? answer.value : String(answer.reason)
      const token = /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n(\S+)\n$/.exec(text)?.[1]
      if (token === undefined) failures.push(text)
      else tokens[token] = (tokens[token] ?? 0) + 1
    }
    console.log(JSON.stringify({ tokens, failures }))
    process.exit(0)
  })
})
