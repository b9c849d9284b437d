/**
 * The sandbox process: an authorization server on loopback, so that people and tests can see what an expiry does.
 *
 *   node server.js --state DIR --socket PATH [--personality NAME] [--lifetime SECONDS] [--grace SECONDS]
 *
 * Standard output carries one line of JSON and nothing else: that it listens, or why it does not. It ends on
 * SIGTERM, SIGINT or a control request. What it keeps is in DIR: `settings.json`, and `grants.jsonl` of the standard
 * server or `desk.json` of a personality.
 */
import { createServer, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { Refusal } from '../../shared/contract/errors.js'
import { SandboxSettings, type SandboxReady } from '../../shared/contract/sandbox.js'
import { controlServer, type Stage } from './control.js'
import { makePrivateDirectory } from './durableFile.js'
import { Faults } from './faults.js'
import { Journal } from './journal.js'
import { Ledger } from './ledger.js'
import { listenForClients, listenForControl } from './listen.js'
import { cast, personalityCalled } from './personalities/cast.js'
import { personalityOnStage } from './personalities/onStage.js'
import type { Personality } from './personalities/personality.js'
import { Recording } from './recording.js'
import { USUAL_LIFETIME_S, type Settings } from './settings.js'
import { standardStage } from './standardStage.js'
import { Store } from './store.js'

/** How often what has expired leaves memory. */
const SWEEP_MS = 60_000

const Seconds = z
  .string()
  .regex(/^\d{1,8}$/, 'use a whole number of seconds')
  .transform(Number)

/** Nobody else can be played. */
function whoPlays(name: string, context: z.RefinementCtx): Personality {
  const personality = personalityCalled(name)
  if (personality !== undefined) return personality
  const known = cast.map(({ id }) => id).join(', ')
  context.addIssue({ code: 'custom', message: `the sandbox cannot play ${name}; it plays ${known}` })
  return z.NEVER
}

const Arguments = z.object({
  state: z.string('name the directory to keep grants in').startsWith('/', 'use an absolute path'),
  socket: z.string('name the control socket').startsWith('/', 'use an absolute path'),
  personality: z.string().transform(whoPlays).optional(),
  lifetime: Seconds.pipe(SandboxSettings.shape.lifetime.unwrap()).optional(),
  grace: Seconds.pipe(SandboxSettings.shape.grace.unwrap()).optional(),
})
type Arguments = z.output<typeof Arguments>

function readArguments(words: readonly string[]): Arguments {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...words],
    options: { state: text, socket: text, personality: text, lifetime: text, grace: text },
  })
  const checked = Arguments.safeParse(values)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const field = `--${issue?.path.join('.') ?? ''}`
  throw new Refusal('bad_request', `${field}: ${issue?.message ?? 'not understood'}`, {
    field,
    fix: 'fob sandbox start --help',
  })
}

/**
 * The library speaks through the console, partly on standard output: advice for servers in public, which this one is
 * not. Its errors come as events and are written to standard error.
 */
function silenceLibrary(): void {
  console.info = () => undefined
  console.warn = () => undefined
}

/** A reader that took the ready line and left must not end the process. */
function outliveReaders(): void {
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
}

function say(line: SandboxReady): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function closing(servers: readonly Server[], release: () => Promise<void>): () => void {
  let begun = false
  return () => {
    if (begun) return
    begun = true
    for (const server of servers) {
      server.close()
      // Requests that hang on purpose would hold it for ever; answers under way get a moment.
      setTimeout(() => server.closeAllConnections(), 200).unref()
    }
    void Promise.all(servers.map((server) => new Promise((resolve) => server.once('close', resolve))))
      .then(release)
      .then(() => process.exit(0))
  }
}

/** A server whose requests wait until it is told how to serve: the port is taken before the state is read. */
function waitingServer(): { server: Server; serve: (listener: RequestListener) => void } {
  let serve: (listener: RequestListener) => void = () => undefined
  const told = new Promise<RequestListener>((resolve) => {
    serve = resolve
  })
  const server = createServer((request, response) => {
    void told.then((listener) => listener(request, response))
  })
  return { server, serve }
}

/** What is on stage, and how to let go of its files. */
interface Opened {
  readonly stage: Stage
  readonly issuer: string
  readonly listener: RequestListener
  readonly release: () => Promise<void>
}

type Shared = { settings: Settings; faults: Faults; ledger: Ledger; recording: Recording }

async function open({ state, personality }: Arguments, shared: Shared): Promise<Opened> {
  const base = `http://127.0.0.1:${shared.settings.port}`
  if (personality !== undefined) {
    const file = join(state, 'desk.json')
    const parts = { ...shared, personality, base, file }
    return { ...(await personalityOnStage(parts)), release: async () => undefined }
  }
  const journal = new Journal(join(state, 'grants.jsonl'))
  const store = await Store.open(journal)
  const standard = await standardStage({ ...shared, issuer: base, store })
  setInterval(() => store.sweep(), SWEEP_MS).unref()
  return { ...standard, issuer: base, release: () => journal.close() }
}

async function run(given: Arguments): Promise<void> {
  const { state, socket, lifetime, grace, personality } = given
  await makePrivateDirectory(state)
  const { server: clients, serve } = waitingServer()
  const first = personality === undefined ? USUAL_LIFETIME_S : null
  const settings = await listenForClients(clients, join(state, 'settings.json'), first)
  const shared = { settings, faults: new Faults(), ledger: new Ledger(), recording: new Recording() }
  const { stage, issuer, listener, release } = await open(given, shared)
  stage.checkSettings({ lifetime, grace })
  await settings.change({ lifetime, grace })
  serve(listener)
  let shutdown: () => void = () => undefined
  const control = controlServer({ ...shared, issuer, stage, shutdown: () => shutdown() })
  await listenForControl(control, socket)
  shutdown = closing([clients, control], release)
  process.once('SIGTERM', shutdown)
  process.once('SIGINT', shutdown)
  say({ ready: true, issuer, pid: process.pid })
}

function refuse(error: unknown): void {
  const refusal = error instanceof Refusal ? error : new Refusal('internal', String(error), { cause: error })
  const { code, message, fix } = refusal
  say({ ready: false, error: { code, message, fix } })
  process.exitCode = 1
  // A port may be held already; nothing else keeps the process.
  setImmediate(() => process.exit())
}

outliveReaders()
silenceLibrary()
Promise.resolve()
  .then(() => run(readArguments(process.argv.slice(2))))
  .catch(refuse)
