/**
 * `fob sandbox`: an authorization server of one's own, to see what an expiry does to a script. It keeps to the
 * standards, or plays a provider.
 */
import {
  SandboxSettings,
  sandboxRoutes,
  type SandboxBodyInput,
  type SandboxStatus,
} from '../../../shared/contract/sandbox.js'
import { ProgramFailed, startProgram } from '../../../shared/client/startProgram.js'
import { sandboxPlaces, type Paths, type SandboxPlaces } from '../../config/paths.js'
import { CommandFailed, JSON_OPTION, UsageFault, type Command, type Context, type Given } from '../command.js'
import { EXIT } from '../exitCodes.js'
import type { Output } from '../output.js'
import { ended, lifeOf } from '../processLife.js'
import {
  flagOf,
  pathsOf,
  PERSONALITY,
  personalityOf,
  placesOf,
  runningSandboxes,
  sandboxPlaying,
  statusAt,
} from '../runningSandbox.js'
import { callSandbox } from '../sandboxCall.js'
import { connect } from './sandboxConnect.js'
import { approve, fault, heal, ledger, revoke } from './sandboxTrouble.js'

/** It closes its store and ends: nothing in it waits for anybody. */
const STOP_MS = 10_000

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

function accountOf(given: Given): string | undefined {
  const text = given.text('account')
  if (text === undefined || SandboxSettings.shape.account.safeParse(text).success) return text
  throw new UsageFault(
    `--account takes a name such as "you@sandbox", not "${text}"`,
    'fob sandbox start --account you@sandbox',
  )
}

function settingsOf(given: Given): SandboxBodyInput<'settings'> {
  const [lifetime, grace] = [seconds(given, 'lifetime'), seconds(given, 'grace')]
  const account = accountOf(given)
  return {
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(grace === undefined ? {} : { grace }),
    ...(account === undefined ? {} : { account }),
  }
}

async function launch(given: Given, { programs, env }: Context, places: SandboxPlaces): Promise<void> {
  const personality = personalityOf(given)
  const played = personality === undefined ? [] : ['--personality', personality]
  const args = ['--state', places.state, '--socket', places.socket, ...played]
  try {
    await startProgram({ ...programs.sandbox, args }, env)
  } catch (cause) {
    if (!(cause instanceof ProgramFailed)) throw cause
    throw new CommandFailed(EXIT.failed, cause.message, cause.fix)
  }
}

function show(status: SandboxStatus, output: Output): void {
  const { personality, pid, issuer, lifetime, grace } = status
  output.line(`${nameOf(status)} running (pid ${pid})`)
  output.line(`issuer ${issuer}`)
  const lives = lifetime === null ? 'do not end' : `live ${lifetime} s`
  const spent = personality === null ? `, spent refresh tokens work ${grace} s more` : ''
  output.line(`access tokens ${lives}${spent}`)
}

const nameOf = ({ personality }: SandboxStatus): string =>
  personality === null ? 'sandbox' : `sandbox as ${personality}`

const start: Command = {
  name: 'start',
  summary: 'start it, or change a running one',
  options: [
    { ...PERSONALITY, meaning: 'answer as this provider does, its oddities included' },
    { flags: '--lifetime <seconds>', meaning: 'life of access tokens from now on (60)' },
    { flags: '--grace <seconds>', meaning: 'how long a spent refresh token is still taken' },
    { flags: '--account <name>', meaning: 'who says yes at the next consent (you@sandbox)' },
    JSON_OPTION,
  ],
  examples: [
    'fob sandbox start --lifetime 5   # watch tokens expire',
    'fob sandbox start --personality gitlab --lifetime 60',
    'fob sandbox connect --personality gitlab && fob sign-in gitlab-sandbox',
  ],
  more:
    '`fob provider list` lists whom it can play: all but stored secrets.\n' +
    'Each personality is a sandbox of its own with a port of its own; several run at a time.\n' +
    'Grants outlive a restart. Nothing it signs is worth anything elsewhere.',
  run: async (given, context) => {
    const settings = settingsOf(given)
    const places = placesOf(given, context)
    const running = await statusAt(places)
    if (running === undefined) {
      await context.output.progress('starting the sandbox', () => launch(given, context, places))
    }
    const changed = Object.keys(settings).length > 0
    const status = changed
      ? await callSandbox(places.socket, sandboxRoutes.settings, settings)
      : await statusAt(places)
    if (status === undefined) {
      throw new CommandFailed(EXIT.failed, 'the sandbox ended right after its start', 'fob sandbox start')
    }
    if (given.flag('json')) return context.output.json(status)
    show(status, context.output)
    if (running === undefined && status.personality !== null) {
      context.output.line(`add a connection with: fob sandbox connect${flagOf(status.personality)}`)
    }
  },
}

async function stopAt({ socket }: SandboxPlaces, { pid, personality }: SandboxStatus): Promise<void> {
  const life = lifeOf(pid)
  await callSandbox(socket, sandboxRoutes.shutdown, {})
  if (await ended(pid, life, STOP_MS)) return
  const message = `${sandboxPlaying(personality)} (pid ${pid}) is still running`
  throw new CommandFailed(EXIT.failed, message, `kill -9 ${pid}`)
}

/** Stops all that run; those that did. */
export async function stopSandboxes(found: Paths): Promise<readonly SandboxStatus[]> {
  const running = await runningSandboxes(found)
  await Promise.all(running.map(({ places, status }) => stopAt(places, status)))
  return running.map(({ status }) => status)
}

const stop: Command = {
  name: 'stop',
  summary: 'stop it, and those that play providers; their grants are kept',
  options: [{ ...PERSONALITY, meaning: 'only the one that plays this provider' }],
  examples: ['fob sandbox stop', 'fob sandbox stop --personality gitlab'],
  run: async (given, context) => {
    const { output } = context
    const personality = personalityOf(given)
    if (personality === undefined) {
      const stopped = await stopSandboxes(pathsOf(context))
      for (const status of stopped) output.line(`${nameOf(status)} stopped (pid ${status.pid})`)
      if (stopped.length === 0) output.line('the sandbox is not running')
      return
    }
    const places = sandboxPlaces(pathsOf(context), personality)
    const running = await statusAt(places)
    if (running === undefined) return output.line(`${sandboxPlaying(personality)} is not running`)
    await stopAt(places, running)
    output.line(`${nameOf(running)} stopped (pid ${running.pid})`)
  },
}

const NOT_RUNNING = { running: false, pid: null, issuer: null, lifetime: null } as const

/** The standard sandbox's own facts, and beside them the personalities that run. */
async function showAll(given: Given, context: Context): Promise<void> {
  const { output } = context
  const running = (await runningSandboxes(pathsOf(context))).map(({ status }) => status)
  const standard = running.find(({ personality }) => personality === null)
  const personalities = running.filter(({ personality }) => personality !== null)
  if (given.flag('json')) return output.json({ ...(standard ?? NOT_RUNNING), personalities })
  if (standard) show(standard, output)
  else output.line('the sandbox is not running; start it with: fob sandbox start')
  for (const status of personalities) {
    output.line()
    show(status, output)
  }
}

const status: Command = {
  name: 'status',
  summary: 'show which run, and how',
  options: [{ ...PERSONALITY, meaning: 'only the one that plays this provider' }, JSON_OPTION],
  examples: ['fob sandbox status --json'],
  run: async (given, context) => {
    const { output } = context
    const personality = personalityOf(given)
    if (personality === undefined) return showAll(given, context)
    const running = await statusAt(placesOf(given, context))
    if (given.flag('json')) return output.json(running ?? { ...NOT_RUNNING, personality })
    if (running) return show(running, output)
    output.line(`${sandboxPlaying(personality)} is not running`)
  },
}

export const sandbox: Command = {
  name: 'sandbox',
  summary: 'run an authorization server to try things with, or a stand-in for a provider',
  commands: [start, stop, status, connect, revoke, fault, heal, ledger, approve],
}
