/** `fob sandbox`: an authorization server of one's own, to see what an expiry does to a script. */
import {
  SandboxSettings,
  sandboxRoutes,
  type SandboxBodyInput,
  type SandboxStatus,
} from '../../../shared/contract/sandbox.js'
import { ProgramFailed, startProgram } from '../../../shared/client/startProgram.js'
import { currentFacts, paths, type Paths } from '../../config/paths.js'
import { CommandFailed, JSON_OPTION, UsageFault, type Command, type Context, type Given } from '../command.js'
import { EXIT } from '../exitCodes.js'
import type { Output } from '../output.js'
import { ended, lifeOf } from '../processLife.js'
import { callSandbox } from '../sandboxCall.js'

/** It closes its store and ends: nothing in it waits for anybody. */
const STOP_MS = 10_000

const placesOf = ({ env }: Context): Paths => paths(env, currentFacts())

const statusOf = (places: Paths): Promise<SandboxStatus | undefined> =>
  callSandbox(places.sandboxSocket, sandboxRoutes.status, {})

function seconds(given: Given, name: 'lifetime' | 'grace'): number | undefined {
  const text = given.text(name)
  if (text === undefined) return undefined
  const allowed = SandboxSettings.shape[name].unwrap()
  if (/^\d+$/.test(text) && allowed.safeParse(Number(text)).success) return Number(text)
  throw new UsageFault(
    `--${name} takes whole seconds from ${allowed.minValue} to ${allowed.maxValue}, not "${text}"`,
    `fob sandbox start --${name} 60`,
  )
}

function settingsOf(given: Given): SandboxBodyInput<'settings'> {
  const [lifetime, grace] = [seconds(given, 'lifetime'), seconds(given, 'grace')]
  return {
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(grace === undefined ? {} : { grace }),
  }
}

async function launch({ programs, env }: Context, places: Paths): Promise<void> {
  const args = ['--state', places.sandboxState, '--socket', places.sandboxSocket]
  try {
    await startProgram({ ...programs.sandbox, args }, env)
  } catch (cause) {
    if (!(cause instanceof ProgramFailed)) throw cause
    throw new CommandFailed(EXIT.failed, cause.message, cause.fix)
  }
}

function show(status: SandboxStatus, output: Output): void {
  output.line(`sandbox running (pid ${status.pid})`)
  output.line(`issuer ${status.issuer}`)
  output.line(`access tokens live ${status.lifetime} s, spent refresh tokens work ${status.grace} s more`)
}

const start: Command = {
  name: 'start',
  summary: 'start it, or change a running one',
  options: [
    { flags: '--lifetime <seconds>', meaning: 'life of access tokens from now on (60)' },
    { flags: '--grace <seconds>', meaning: 'how long a spent refresh token is still taken' },
    JSON_OPTION,
  ],
  examples: ['fob sandbox start --lifetime 5   # watch tokens expire'],
  run: async (given, context) => {
    const settings = settingsOf(given)
    const places = placesOf(context)
    if ((await statusOf(places)) === undefined) {
      await context.output.progress('starting the sandbox', () => launch(context, places))
    }
    const changed = Object.keys(settings).length > 0
    const running = changed
      ? await callSandbox(places.sandboxSocket, sandboxRoutes.settings, settings)
      : await statusOf(places)
    if (running === undefined) {
      throw new CommandFailed(EXIT.failed, 'the sandbox ended right after its start', 'fob sandbox start')
    }
    if (given.flag('json')) context.output.json(running)
    else show(running, context.output)
  },
}

/** The pid that ended, or undefined when none was running. */
export async function stopSandbox(places: Paths): Promise<number | undefined> {
  const running = await statusOf(places)
  if (running === undefined) return undefined
  const life = lifeOf(running.pid)
  await callSandbox(places.sandboxSocket, sandboxRoutes.shutdown, {})
  if (await ended(running.pid, life, STOP_MS)) return running.pid
  throw new CommandFailed(
    EXIT.failed,
    `the sandbox (pid ${running.pid}) is still running`,
    `kill -9 ${running.pid}`,
  )
}

const stop: Command = {
  name: 'stop',
  summary: 'stop it; its grants are kept',
  examples: ['fob sandbox stop'],
  run: async (_given, context) => {
    const pid = await stopSandbox(placesOf(context))
    context.output.line(pid === undefined ? 'the sandbox is not running' : `sandbox stopped (pid ${pid})`)
  },
}

const status: Command = {
  name: 'status',
  summary: 'show whether it runs, and how',
  options: [JSON_OPTION],
  examples: ['fob sandbox status --json'],
  run: async (given, context) => {
    const running = await statusOf(placesOf(context))
    if (given.flag('json')) {
      context.output.json(running ?? { running: false, pid: null, issuer: null, lifetime: null })
    } else if (running) show(running, context.output)
    else context.output.line('the sandbox is not running; start it with: fob sandbox start')
  },
}

export const sandbox: Command = {
  name: 'sandbox',
  summary: 'run an authorization server to try things with',
  commands: [start, stop, status],
}
