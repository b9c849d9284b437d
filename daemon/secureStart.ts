/**
 * The first thing the daemon does, before any of its other code is loaded: makes the process one that nobody
 * but its user's own commands can steer. No debugger on a signal, none from the environment, no variable of
 * whoever happened to start it, no file readable by others, no directory kept busy.
 */
import { url as inspectorUrl } from 'node:inspector'
import { userInfo } from 'node:os'
import { startEnvironment } from '../shared/contract/startEnvironment.js'

export interface StartOptions {
  /** A person is at work on fob itself: debuggers may attach, and signals of theirs reach us. */
  readonly development: boolean
  /** Started by a running daemon to take over from it. */
  readonly successor: boolean
}

/** A start that must not go on. `fix` is what to type instead. */
export class StartRefused extends Error {
  readonly fix: string

  constructor(message: string, fix: string) {
    super(message)
    this.name = 'StartRefused'
    this.fix = fix
  }
}

/**
 * Variables that have done their work before the first line of ours runs: code loaded, certificates trusted.
 * Taking them away now would be too late, so a start with one of them is refused. `fob up` never passes them.
 */
const TOO_LATE = [
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'NODE_USE_ENV_PROXY',
  'NODE_PATH',
  'NODE_COMPILE_CACHE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_REDIRECT_WARNINGS',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
  'OPENSSL_ENGINES',
  'LD_PRELOAD',
  'LD_AUDIT',
  'LD_LIBRARY_PATH',
  'DYLD_INSERT_LIBRARIES',
  'DYLD_LIBRARY_PATH',
]

export function secureStart(arguments_: readonly string[]): StartOptions {
  // Node's default would open a debugger for everybody on this machine's loopback.
  process.on('SIGUSR1', () => undefined)
  const options = optionsIn(arguments_)
  if (!options.development) refuseSteered()
  scrubEnvironment()
  process.umask(0o077)
  process.chdir('/')
  return options
}

function optionsIn(given: readonly string[]): StartOptions {
  const known = ['--development', '--successor']
  const unknown = given.find((argument) => !known.includes(argument))
  if (unknown !== undefined) {
    throw new StartRefused(`the daemon knows no ${unknown}; it takes --development only`, 'fob up')
  }
  return { development: given.includes('--development'), successor: given.includes('--successor') }
}

function refuseSteered(): void {
  const variable = TOO_LATE.find((name) => process.env[name])
  if (variable !== undefined) {
    throw new StartRefused(`${variable} is set, which changes what code runs or whom it trusts`, 'fob up')
  }
  // All of them: besides debuggers and loaders, many write heaps, profiles, reports or TLS keys to files.
  const [option] = process.execArgv
  if (option !== undefined || inspectorUrl() !== undefined) {
    throw new StartRefused(
      `${option ?? 'a debugger opened by a signal'} could let other code see every token`,
      'fob up',
    )
  }
}

/** What is left is the allow-list. HOME is the password database's: an environment must not move the state. */
function scrubEnvironment(): void {
  const kept = startEnvironment(process.env)
  // Without it an editor's program, when that is our Node, would start our children as editors.
  if (process.versions['electron'] !== undefined) kept['ELECTRON_RUN_AS_NODE'] = '1'
  const home = homeOfUser()
  if (home !== undefined) kept['HOME'] = home
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, kept)
}

/** undefined for a container's user that the password database does not know. */
function homeOfUser(): string | undefined {
  try {
    return userInfo().homedir
  } catch {
    return undefined
  }
}
