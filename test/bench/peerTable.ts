/**
 * `node out/test/bench/peerTable.js` writes the table of the README beside this from what the last run of the
 * peers kept in out/bench/peers.json.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ROOT } from '../process/home.js'

const Lost = z.object({ lost: z.number(), of: z.number() })
const Herd = z.object({ requests: z.number(), failures: z.number(), of: z.number() })
const Waited = z.union([z.object({ p99: z.number(), worst: z.number() }), z.string()])
const row = <T extends z.ZodType>(fact: T) =>
  z.object({ fob: fact, 'oidc-agent': fact, 'token file': fact.optional() })

const Kept = z.object({
  at: z.string(),
  node: z.string(),
  load: z.array(z.number()),
  seeds: z.object({ K1: z.number(), K2: z.number() }),
  times: z.object({
    K1: row(Lost),
    K2: row(Lost),
    H3: row(Herd),
    'H4 slow': row(Waited),
    'H4 hanging': row(Waited),
  }),
})

const lost = ({ lost: count, of }: z.output<typeof Lost>): string => `${count} of ${of} lost`
const herd = ({ requests, failures, of }: z.output<typeof Herd>): string =>
  `${requests} request${requests === 1 ? '' : 's'}, ${failures} of ${of} calls failed`
const waited = (fact: z.output<typeof Waited>): string =>
  typeof fact === 'string' ? fact : `p99 ${fact.p99.toFixed(1)} ms, worst ${fact.worst.toFixed(0)} ms`

const { at, node, load, times, seeds } = Kept.parse(
  JSON.parse(readFileSync(join(ROOT, 'out', 'bench', 'peers.json'), 'utf8')),
)

function line<T>(
  words: string,
  facts: { fob: T; 'oidc-agent': T; 'token file'?: T | undefined },
  say: (fact: T) => string,
): string {
  const file = facts['token file']
  const told = [
    say(facts.fob),
    say(facts['oidc-agent']),
    file === undefined ? 'not asked: no daemon' : say(file),
  ]
  return `| ${[words, ...told].join(' | ')} |`
}

const table = [
  '| | fob | oidc-agent 4.2.6 | token file |',
  '| --- | --- | --- | --- |',
  line('K1: killed within a refresh, server with a grace', times.K1, lost),
  line('K2: killed around the answer, server without', times.K2, lost),
  line('H3: a thousand callers at an expired access token', times.H3, herd),
  line('H4: another connection refreshes, 0.5 s', times['H4 slow'], waited),
  line('H4: another connection hangs', times['H4 hanging'], waited),
]
const seedsUsed = `\`FOB_SEED=${seeds.K1}\` for K1, \`FOB_SEED=${seeds.K2}\` for K2`
const machine = `Node ${node}, load ${load[0]?.toFixed(0)}`
const about = `Measured ${at.slice(0, 10)} with ${machine}; ${seedsUsed}.`

const [BEGIN, END] = ['<!-- peers -->\n', '<!-- /peers -->']
const readme = join(ROOT, 'test', 'bench', 'README.md')
const text = readFileSync(readme, 'utf8')
const [before = '', rest = ''] = text.split(BEGIN, 2)
const after = rest.slice(rest.indexOf(END))
writeFileSync(readme, `${before}${BEGIN}\n${table.join('\n')}\n\n${about}\n\n${after}`)
