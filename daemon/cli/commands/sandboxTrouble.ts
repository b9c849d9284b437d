/** What can be done to a running sandbox, so that a client meets it: ended grants, faults, a device code decided. */
import type { z } from 'zod'
import { sandboxRoutes } from '../../../shared/contract/sandbox.js'
import { SandboxEndpoint, SandboxFault } from '../../../shared/contract/sandboxFault.js'
import type { SandboxLedger } from '../../../shared/contract/sandboxLedger.js'
import { JSON_OPTION, UsageFault, type Command, type Given } from '../command.js'
import { columns } from '../lines.js'
import type { Output } from '../output.js'
import { needed, PERSONALITY, placesOf } from '../runningSandbox.js'
import { callSandbox } from '../sandboxCall.js'
import { wholeNumber } from '../wholeNumber.js'

export const revoke: Command = {
  name: 'revoke',
  summary: 'end its grants there, as a provider does at two in the morning',
  options: [PERSONALITY, { flags: '--account <name>', meaning: 'of this account alone' }],
  examples: ['fob sandbox revoke --personality github-app'],
  run: async (given, context) => {
    const account = given.text('account')
    const body = account === undefined ? {} : { account }
    const answer = await callSandbox(placesOf(given, context).socket, sandboxRoutes.revoke, body)
    context.output.line(`${needed(answer, given).revoked} ended`)
  },
}

const KINDS = ['delay', 'hang', 'status', 'cut', 'truncate'] as const

const HELP = 'fob sandbox fault --help'

/** Checked by the schema of the control API. */
function faultOf(given: Given): SandboxFault {
  const kind = given.argument(0)
  if (!KINDS.some((known) => known === kind)) {
    throw new UsageFault(`there is no fault of kind "${kind}"; there is ${KINDS.join(', ')}`, HELP)
  }
  const [times, status, ms] = ['times', 'status', 'ms'].map((name) => wholeNumber(given, name, HELP))
  const endpoint = given.text('endpoint')
  const asked = {
    kind,
    ...(times === undefined ? {} : { times }),
    ...(status === undefined ? {} : { status }),
    ...(ms === undefined ? {} : { ms }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(given.flag('after') ? { when: 'after' } : {}),
  }
  const checked = SandboxFault.safeParse(asked)
  if (checked.success) return checked.data
  throw new UsageFault(misfit(asked, checked.error), HELP)
}

/** What does not go together, in the words of the options. */
function misfit(asked: { readonly kind: string }, { issues: [issue] }: z.ZodError): string {
  const isStray = issue?.code === 'unrecognized_keys'
  const member = String((isStray ? issue.keys[0] : issue?.path[0]) ?? '')
  const option = member === 'when' ? '--after' : `--${member}`
  if (isStray) return `a fault of kind ${asked.kind} takes no ${option}`
  if (!(member in asked)) return `a fault of kind ${asked.kind} needs ${option}`
  return `${option}: ${issue?.message ?? 'not understood'}`
}

export const fault: Command = {
  name: 'fault',
  summary: 'disturb its answers',
  arguments: [{ name: 'kind', meaning: KINDS.join(', '), offers: KINDS }],
  options: [
    PERSONALITY,
    { flags: '--status <code>', meaning: 'with status: answer this HTTP status' },
    { flags: '--ms <milliseconds>', meaning: 'with delay: how long' },
    { flags: '--times <n>', meaning: 'so many requests; otherwise until `fob sandbox heal`' },
    {
      flags: '--endpoint <name>',
      meaning: 'another than the token endpoint',
      offers: SandboxEndpoint.options,
    },
    { flags: '--after', meaning: 'process the request first, and lose the answer' },
  ],
  examples: [
    'fob sandbox fault status --status 503 --times 3',
    'fob sandbox fault cut --after --times 1 --personality gitlab   # a rotation whose answer is lost',
  ],
  run: async (given, context) => {
    const answer = await callSandbox(placesOf(given, context).socket, sandboxRoutes.addFault, faultOf(given))
    context.output.line(`${needed(answer, given).faults.length} set; end them with: fob sandbox heal`)
  },
}

export const heal: Command = {
  name: 'heal',
  summary: 'end all faults',
  options: [PERSONALITY],
  examples: ['fob sandbox heal'],
  run: async (given, context) => {
    needed(await callSandbox(placesOf(given, context).socket, sandboxRoutes.clearFaults, {}), given)
    context.output.line('no faults')
  },
}

function showLedger({ received, reused, entries }: SandboxLedger, output: Output): void {
  output.line(`${received} token requests, ${reused} with a spent refresh token`)
  const rows = entries.map((entry) => [
    entry.receivedAt,
    entry.grantType,
    entry.status === null ? 'no answer' : String(entry.status),
    entry.error,
    entry.faults.join(' '),
  ])
  for (const line of columns(rows)) output.line(line)
}

export const ledger: Command = {
  name: 'ledger',
  summary: 'show what its token endpoint was asked and answered',
  options: [PERSONALITY, JSON_OPTION],
  examples: ['fob sandbox ledger --personality gitlab'],
  run: async (given, context) => {
    const answer = await callSandbox(placesOf(given, context).socket, sandboxRoutes.ledger, {})
    const read = needed(answer, given)
    if (given.flag('json')) context.output.json(read)
    else showLedger(read, context.output)
  },
}

export const approve: Command = {
  name: 'approve',
  summary: 'answer a device code in the place of the person',
  arguments: [{ name: 'code', meaning: 'as the sign-in shows it' }],
  options: [PERSONALITY, { flags: '--deny', meaning: 'say no' }],
  examples: ['fob sandbox approve WDJB-MJHT --personality github'],
  run: async (given, context) => {
    const decision = given.flag('deny') ? 'deny' : 'approve'
    const body = { userCode: given.argument(0), decision }
    const answer = needed(
      await callSandbox(placesOf(given, context).socket, sandboxRoutes.approve, body),
      given,
    )
    context.output.line(`${decision === 'deny' ? 'denied' : 'approved'} ${answer.client}`)
  },
}
