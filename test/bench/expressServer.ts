/** `node expressServer.js SOCKET BODY`: one route by express and nothing else, for its memory. */
import express from 'express'

const [socketPath = '', body = ''] = process.argv.slice(2)

express()
  .get('/', (_request, response) => void response.type('text/plain').send(body))
  .listen(socketPath, () => console.log('ready'))
