/** The floor: `node bareServer.js SOCKET BODY` answers every request with the body, by node:http and nothing else. */
import { createServer } from 'node:http'

const [socketPath, body = ''] = process.argv.slice(2)

createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}).listen(socketPath, () => console.log('ready'))
