/**
 * What the far host of two shows to the link: TLS in front of the sandbox, on all its addresses, spoilt on demand.
 * Each line on standard input is a toxic for the next connection, answered by a line; another line says when a
 * toxic has acted. Ends with its standard input.
 */
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { serverCertificate, serverKey } from '../adapters/oauth/certificates.js'
import { ToxicProxy } from './toxicProxy.js'

const Armed = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('hang'), way: z.enum(['request', 'answer']), after: z.number() }),
  z.object({ kind: z.literal('instead'), answer: z.string(), heard: z.boolean() }),
])
export type Armed = z.output<typeof Armed>

/** Between looks at what has passed. */
const LOOK_MS = 10

const say = (word: string): void => void process.stdout.write(`${word}\n`)

const proxy = await ToxicProxy.before(
  Number(process.argv[2]),
  { key: serverKey, cert: serverCertificate },
  '0.0.0.0',
)
say(String(proxy.port))

let told = 0
setInterval(() => {
  const acted = proxy.passed.filter(({ spoiltAt }) => spoiltAt !== undefined).length
  for (; told < acted; told++) say('acted')
}, LOOK_MS)

createInterface({ input: process.stdin })
  .on('line', (line) => {
    proxy.arm(Armed.parse(JSON.parse(line)))
    say('armed')
  })
  .on('close', () => process.exit())
