/** `fob simulate`: pretends a trouble of one connection, to see who notices, before it happens at night. */
import { SimulationKind } from '../../../shared/contract/simulation.js'
import type { CallInput } from '../../../shared/client/call.js'
import type { Client } from '../../../shared/client/client.js'
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import { revokingAgreed } from '../agreed.js'
import { CONNECTION, JSON_OPTION, UsageFault, type Command, type Given } from '../command.js'
import { relative } from '../lines.js'
import type { Output } from '../output.js'
import { secondsIn, type SpanRule } from '../timeSpan.js'

const STOP = 'stop'
const KINDS = [...SimulationKind.options, STOP]

const FOR: SpanRule = {
  flag: '--for',
  leastS: 1,
  mostS: 86_400,
  words: '90s, 5m or 1h, a day at most',
  fix: 'fob help simulate',
}

function kindOf(given: Given): SimulationKind {
  const typed = given.argument(1)
  const kind = SimulationKind.options.find((one) => one === typed)
  if (kind !== undefined) return kind
  throw new UsageFault(
    `there is no trouble called "${typed}"; there is ${KINDS.join(', ')}`,
    `fob simulate ${given.argument(0)} offline`,
  )
}

const ask = (client: Client, body: CallInput<'simulate'>['body']): Promise<ConnectionStatus> =>
  client.call('simulate', { body })

function show({ name, state, reason, simulation }: ConnectionStatus, output: Output): void {
  if (simulation === undefined) {
    output.line(`${name} is ${state}${reason === '' ? '' : `: ${reason}`}`)
    return
  }
  const over = relative(simulation.until, Date.now())
  output.line(`${name} simulates ${simulation.kind}; over ${over}, or with: fob simulate ${name} ${STOP}`)
}

export const simulate: Command = {
  name: 'simulate',
  summary: 'pretend a trouble with a connection, and see who notices',
  arguments: [CONNECTION, { name: 'trouble', meaning: KINDS.join(', '), offers: KINDS }],
  options: [
    { flags: '--for <time>', meaning: 'how long, such as 90s or 1h (5m)' },
    { flags: '--really', meaning: 'with revoke: not pretended, but done at the provider' },
    { flags: '--yes', meaning: 'do not ask before that' },
    JSON_OPTION,
  ],
  examples: [
    'fob simulate work revoke            # scripts end with 3, the editor asks you to sign in',
    'fob simulate work offline --for 1h',
    'fob simulate work stop',
  ],
  more:
    'Nothing is sent to the provider, and the grant is not touched: when the time is over, or the daemon\n' +
    'restarts, all is as it was. fob status and fob audit say that it is simulated.',
  run: async (given, context) => {
    const { output } = context
    const connection = given.argument(0)
    const stop = given.argument(1) === STOP
    const kind = stop ? undefined : kindOf(given)
    const seconds = secondsIn(given.text('for') ?? '5m', FOR)
    const really = given.flag('really')
    if (really && kind === 'revoke') {
      const question = `Really revoke the grant of ${connection} at its provider? You will have to sign in again.`
      await revokingAgreed(given, context, question, `fob simulate ${connection} revoke --really --yes`)
    }
    const client = await context.client()
    const answer = await ask(
      client,
      kind === undefined
        ? { action: 'stop', connection }
        : { action: 'start', connection, kind, seconds, really },
    )
    if (given.flag('json')) output.json(answer)
    else show(answer, output)
  },
}
