/**
 * The table of commands, in the order of help. Adding one is a file in commands/ and a line here.
 * Each is loaded when it is needed: a command that is run does not wait for the others.
 */
import type { Command } from './command.js'

type Loader = () => Promise<Command>

const loaders: Readonly<Record<string, Loader>> = {
  up: async () => (await import('./commands/up.js')).up,
  down: async () => (await import('./commands/down.js')).down,
  status: async () => (await import('./commands/status.js')).status,
  add: async () => (await import('./commands/add.js')).add,
  'sign-in': async () => (await import('./commands/signIn.js')).signIn,
  'sign-out': async () => (await import('./commands/signOut.js')).signOut,
  token: async () => (await import('./commands/token.js')).token,
  refresh: async () => (await import('./commands/refresh.js')).refresh,
  reject: async () => (await import('./commands/reject.js')).reject,
  run: async () => (await import('./commands/run.js')).run,
  env: async () => (await import('./commands/env.js')).env,
  hook: async () => (await import('./commands/env.js')).hook,
  credential: async () => (await import('./commands/credential.js')).credential,
  approvals: async () => (await import('./commands/approvals.js')).approvals,
  config: async () => (await import('./commands/config.js')).config,
  doctor: async () => (await import('./commands/doctor.js')).doctor,
  audit: async () => (await import('./commands/audit.js')).audit,
  simulate: async () => (await import('./commands/simulate.js')).simulate,
  sandbox: async () => (await import('./commands/sandbox.js')).sandbox,
  logs: async () => (await import('./commands/logs.js')).logs,
  vault: async () => (await import('./commands/vault.js')).vault,
  provider: async () => (await import('./commands/provider.js')).provider,
  completion: async () => (await import('./commands/completion.js')).completion,
  version: async () => (await import('./commands/version.js')).version,
  uninstall: async () => (await import('./commands/uninstall.js')).uninstall,
  __complete: async () => (await import('./commands/completion.js')).complete,
}

/** All of them: for help, completion and guessing what a typo meant. */
export const allCommands = (): Promise<Command[]> => Promise.all(Object.values(loaders).map((load) => load()))

/** The one that is named, or all when none is. */
export async function commandsFor(name: string | undefined): Promise<Command[]> {
  const load = name !== undefined && Object.hasOwn(loaders, name) ? loaders[name] : undefined
  return load ? [await load()] : allCommands()
}
