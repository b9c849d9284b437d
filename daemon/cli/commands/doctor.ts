/** `fob doctor`: what is wrong, how fob knows, and what mends it. Without a daemon it says that, and looks on. */
import type { Client } from '../../../shared/client/client.js'
import { DaemonUnreachable } from '../../../shared/client/unreachable.js'
import type { Status } from '../../../shared/contract/connection.js'
import { byUrgency, type Diagnosis, type Finding, type Fix } from '../../../shared/contract/doctor.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Answer } from '../../../shared/contract/routes.js'
import { currentFacts, paths } from '../../config/paths.js'
import { bundleOf, writeBundle } from '../bundle.js'
import { CONNECTION, JSON_OPTION, type Command, type Context } from '../command.js'
import { EXIT } from '../exitCodes.js'
import type { Output, Style } from '../output.js'
import {
  olderDaemon,
  plaintextFindings,
  proxyFinding,
  unreachableFinding,
  versionFindings,
} from '../ownFindings.js'
import { scanForPlaintext } from '../plaintext.js'
import { settledStatus } from '../settledStatus.js'

const LOOKS: Readonly<Record<Finding['urgency'], { mark: string; plain: string; style: Style }>> = {
  person: { mark: '✗', plain: 'x', style: 'red' },
  wait: { mark: '◌', plain: '~', style: 'yellow' },
  note: { mark: '·', plain: '-', style: 'cyan' },
}

interface Examined {
  readonly client: Client | undefined
  readonly status: Status | undefined
  readonly findings: readonly Finding[]
  readonly checked: readonly string[]
}

/** What the daemon says, and of the daemon. */
async function askDaemon(context: Context, name: string): Promise<Examined> {
  const client = await context.client()
  let hello: Answer<'hello'> | undefined
  try {
    // Also a daemon that is not there throws here.
    hello = await client.call('hello', {})
  } catch (error) {
    if (!(error instanceof DaemonUnreachable)) throw error
    return { client: undefined, status: undefined, findings: [unreachableFinding(error)], checked: [] }
  }
  const status = await settledStatus(client)
  const query = name === '' ? {} : { connection: name }
  try {
    const diagnosis = await context.output.progress('looking', () => client.call('doctor', { query }))
    const findings = [...diagnosis.findings, ...versionFindings(hello, status)]
    return { client, status, findings, checked: ['the daemon', ...diagnosis.checked] }
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'unknown_route')) throw error
    return { client, status, findings: [olderDaemon(hello)], checked: ['the daemon'] }
  }
}

/** Where git and npm look for their files. */
const homeIn = ({ env }: Context): string => env['HOME'] || currentFacts().home

async function examine(context: Context, name: string): Promise<Examined & { diagnosis: Diagnosis }> {
  const home = homeIn(context)
  const shown = (path: string): string => (path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path)
  const asked = await askDaemon(context, name)
  const own = [...proxyFinding(asked.findings, context.env)]
  const checked = [...asked.checked]
  // About one connection is asked to hear of that one.
  if (name === '') {
    const { secrets, files } = scanForPlaintext(process.cwd(), home)
    own.push(...(await plaintextFindings(secrets, asked.client, asked.status, shown)))
    checked.push(`${files} files that may hold secrets, here and in your home`)
  }
  const findings = [...asked.findings, ...own].sort(byUrgency)
  return { ...asked, diagnosis: { at: new Date().toISOString(), findings, checked } }
}

function fixLine(fix: Fix, output: Output): string {
  switch (fix.kind) {
    case 'run':
      return output.style('bold', fix.command)
    case 'open':
      return `${output.style('bold', fix.place)}: ${fix.todo}`
    case 'wait':
      return 'none needed, fob tries again by itself'
  }
}

function linesOf({ connection, urgency, what, evidence, fix }: Finding, output: Output): string[] {
  const { mark, plain, style } = LOOKS[urgency]
  const whose = connection === '' ? '' : `${output.style('bold', connection)}: `
  return [
    `${output.style(style, output.unicode ? mark : plain)} ${whose}${what}`,
    ...evidence.map((fact) => `    ${output.style('dim', fact)}`),
    `  ${output.style('dim', 'fix:')} ${fixLine(fix, output)}`,
    '',
  ]
}

export function doctorLines({ findings, checked }: Diagnosis, output: Output): string[] {
  const people = findings.filter(({ urgency }) => urgency === 'person').length
  const others = findings.length - people
  const needs = `${people} ${people === 1 ? 'thing needs' : 'things need'} you`
  const rest = others === 0 ? '' : `; ${others} more to know`
  const sum =
    findings.length === 0 ? 'nothing is wrong' : people === 0 ? `nothing needs you${rest}` : needs + rest
  return [
    ...findings.flatMap((finding) => linesOf(finding, output)),
    output.style(people === 0 ? 'green' : 'red', sum),
    output.style('dim', `looked at: ${checked.join(', ')}`),
  ]
}

function exitFor(findings: readonly Finding[]): number {
  const needed = findings.filter(({ urgency }) => urgency === 'person')
  if (needed.length === 0) return EXIT.done
  if (needed.some(({ matter }) => matter === 'daemon')) return EXIT.daemonUnreachable
  return needed.some(({ matter }) => matter === 'vault') ? EXIT.vaultLocked : EXIT.consentRequired
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'say what is wrong, how fob knows, and what mends it',
  arguments: [{ ...CONNECTION, optional: true }],
  options: [
    JSON_OPTION,
    { flags: '--bundle <file>', meaning: 'also write what a ticket needs into a new file, secrets left out' },
  ],
  examples: ['fob doctor', 'fob doctor work', 'fob doctor --bundle fob-report.json'],
  more:
    'Looks at the daemon, the vault, every connection and its access token, the clock, and at .env, .npmrc,\n' +
    '.netrc and .git-credentials here and in your home: names and places, never values. Ends with 0 when\n' +
    'nothing needs a person, else with 3, with 6 without a daemon, with 7 when the vault is locked.',
  run: async (given, context) => {
    const { output, env } = context
    const { diagnosis, client, status } = await examine(context, given.argument(0))
    const file = given.text('bundle')
    if (file !== undefined) {
      const { logFile } = paths(env, currentFacts())
      writeBundle(file, await bundleOf({ diagnosis, client, status, logFile, home: homeIn(context) }))
      output.note(`written: ${file}; look it over before you send it`)
    }
    if (given.flag('json')) output.json(diagnosis)
    else for (const line of doctorLines(diagnosis, output)) output.line(line)
    return exitFor(diagnosis.findings)
  },
}
