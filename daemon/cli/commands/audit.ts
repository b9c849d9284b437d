/** `fob audit`: the record of who did what, oldest first, one line each. */
import type { Client } from '../../../shared/client/client.js'
import type { AuditEntry } from '../../../shared/contract/audit.js'
import type { Command, Given } from '../command.js'
import type { Output } from '../output.js'
import { wholeNumber } from '../wholeNumber.js'

const USUAL_LINES = 100

function asLine(entry: AuditEntry, output: Output): string {
  const { caller } = entry
  const who = caller === null ? 'fob itself' : `${caller.executable || 'unknown program'} (pid ${caller.pid})`
  const what = `${entry.event}${entry.connection === '' ? '' : ` ${entry.connection}`}`
  const outcome = output.style(entry.outcome === 'ok' ? 'green' : 'red', entry.outcome)
  const which = [
    entry.generation === 0 ? '' : `generation ${entry.generation}`,
    entry.fingerprint === '' ? '' : `token ${entry.fingerprint}`,
  ].filter((text) => text !== '')
  const tail = which.length === 0 ? '' : output.style('dim', ` (${which.join(', ')})`)
  return `${output.style('dim', entry.time)}  ${what}  ${outcome}  ${who}${tail}`
}

/** Listens first and asks then, so nothing falls between; what comes both ways is shown once. Never ends. */
async function follow(client: Client, given: Given, show: (entry: AuditEntry) => void): Promise<void> {
  const connection = given.text('connection')
  const early: AuditEntry[] = []
  let live = (entry: AuditEntry): void => void early.push(entry)
  const concerns = (entry: AuditEntry): boolean => connection === undefined || entry.connection === connection
  // A daemon that is not there is told at once; one that goes away later is waited for.
  await client.call('hello', {})
  await new Promise<void>((resolve) => {
    client.subscribe({
      event: (event) => {
        if (event.type === 'snapshot') resolve()
        else if (event.type === 'audit' && concerns(event.entry)) live(event.entry)
      },
    })
  })
  const shown = new Set((await printed(client, given, show)).map((entry) => JSON.stringify(entry)))
  for (const entry of early) if (!shown.has(JSON.stringify(entry))) show(entry)
  live = show
  await new Promise(() => undefined)
}

async function printed(
  client: Client,
  given: Given,
  show: (entry: AuditEntry) => void,
): Promise<AuditEntry[]> {
  const connection = given.text('connection')
  const query = {
    limit: String(wholeNumber(given, 'lines', `fob audit --lines ${USUAL_LINES}`) ?? USUAL_LINES),
    ...(connection === undefined ? {} : { connection }),
  }
  const { entries } = await client.call('audit', { query })
  for (const entry of entries) show(entry)
  return entries
}

export const audit: Command = {
  name: 'audit',
  summary: 'show who used which connection',
  options: [
    { flags: '--follow', meaning: 'go on with what happens from now on' },
    { flags: '--lines <n>', meaning: `how many to begin with (${USUAL_LINES})` },
    { flags: '--connection <name>', meaning: 'of this connection alone', offers: 'connections' },
    { flags: '--json', meaning: 'one JSON object a line' },
  ],
  examples: ['fob audit', 'fob audit --json --follow | jq \'select(.outcome != "ok")\''],
  more: 'Access tokens appear as a keyed fingerprint: equal tokens show equal ones.',
  run: async (given, { client, output }) => {
    const show = (entry: AuditEntry): void =>
      output.line(given.flag('json') ? JSON.stringify(entry) : asLine(entry, output))
    const open = await client()
    if (given.flag('follow')) await follow(open, given, show)
    else await printed(open, given, show)
  },
}
