/**
 * `fob run`: one program with access tokens in its environment. No shell; the program's exit code or signal
 * becomes ours. Own failures are 125, 126 and 127, as env(1) has them.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { environmentOf } from '../../delivery/environment.js'
import type { Client } from '../../../shared/client/client.js'
import { variableFault } from '../../../shared/contract/variables.js'
import { systemCode } from '../../../shared/contract/systemCode.js'
import { CommandFailed, UsageFault, type Command, type Context } from '../command.js'
import { RUN_EXIT, SIGNAL_EXIT } from '../exitCodes.js'
import { failureOf } from '../failure.js'

interface Wanted {
  readonly connection: string
  readonly variable: string
}

/** `github=GITHUB_TOKEN`. */
function wantedOf(text: string): Wanted {
  const at = text.indexOf('=')
  const [connection, variable] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 1) throw new UsageFault(`--connection takes NAME=VARIABLE, not "${text}"`, 'fob help run')
  const fault = variableFault(variable)
  if (fault !== undefined) throw new UsageFault(fault, 'fob help run')
  return { connection, variable }
}

const lease = async (client: Client, { connection, variable }: Wanted) => ({
  variable,
  lease: await client.call('accessToken', { params: { c: connection } }),
})

async function tokens(
  wanted: readonly Wanted[],
  { startedClient, output }: Context,
): Promise<Record<string, string>> {
  const client = await startedClient()
  try {
    const leases = output.progress('getting access tokens', () =>
      Promise.all(wanted.map((one) => lease(client, one))),
    )
    return environmentOf(await leases)
  } finally {
    client.close()
  }
}

const PASSED_ON = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGWINCH'] as const
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT'] as const

/**
 * Whether Ctrl-C reaches the child by itself: the terminal sends it to the whole foreground group, and passing
 * it on would deliver it twice, which many programs take for "at once". proc(5): fields 5 and 8 are the
 * process group and the terminal's foreground group.
 */
function terminalSignalsChild(): boolean {
  if (!process.stdin.isTTY && !process.stdout.isTTY && !process.stderr.isTTY) return false
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[2] === fields[5]
  } catch {
    return true
  }
}

function passSignalsOn(child: ChildProcess): void {
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal))
  for (const signal of FROM_TERMINAL) {
    process.on(signal, () => {
      if (!terminalSignalsChild()) child.kill(signal)
    })
  }
}

function startFailure(program: string, cause: unknown): CommandFailed {
  if (systemCode(cause) === 'ENOENT') {
    return new CommandFailed(RUN_EXIT.notFound, `${program}: no such program`, `command -v ${program}`)
  }
  const message = `${program} cannot be run: ${cause instanceof Error ? cause.message : String(cause)}`
  return new CommandFailed(RUN_EXIT.notExecutable, message, `ls -l ${program}`)
}

/** Dies of the signal that ended the child, so that our parent sees what the child's would have seen. */
function dieOf(signal: NodeJS.Signals): number {
  for (const passed of [...PASSED_ON, ...FROM_TERMINAL]) process.removeAllListeners(passed)
  process.kill(process.pid, signal)
  // Only for signals that Node itself takes and does not die of.
  return SIGNAL_EXIT + constants.signals[signal]
}

function runChild(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env })
    passSignalsOn(child)
    child.once('error', (cause) => reject(startFailure(program, cause)))
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : dieOf(signal)))
  })
}

export const run: Command = {
  name: 'run',
  summary: 'run one program with access tokens in its environment',
  arguments: [{ name: 'command', meaning: 'the program and its arguments, after --', rest: true }],
  options: [
    {
      flags: '--connection <name=variable>',
      meaning: 'the access token of this connection in this variable; may be repeated',
      offers: 'connections',
      repeatable: true,
      required: true,
    },
  ],
  usageExit: RUN_EXIT.ownFailure,
  examples: [
    'fob run --connection github=GITHUB_TOKEN -- gh repo list',
    "fob run --connection work=TOKEN -- sh -c 'curl …'",
  ],
  more:
    'The tokens are in that program alone, and as old as its start: long runs ask `fob token` again.\n' +
    "Exit code and signals are the program's; 125 is a failure of fob, 126 and 127 as in shells.",
  run: async (given, context) => {
    const [program = '', ...args] = given.rest(0)
    let added: Record<string, string>
    try {
      added = await tokens(given.texts('connection').map(wantedOf), context)
    } catch (cause) {
      const { message, fix } = failureOf(cause)
      throw new CommandFailed(RUN_EXIT.ownFailure, message, fix)
    }
    return runChild(program, args, { ...context.env, ...added })
  },
}
