/**
 * Access tokens as environment variables: of one child process, or as text that a shell evaluates.
 * Invariants: a value is one shell word whatever it holds; a variable that fob did not set is never unset.
 */
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import type { Environment } from '../../shared/contract/environment.js'
import type { Lease } from '../../shared/contract/lease.js'
import { quoted } from '../../shared/contract/shellWord.js'

/** The variables to add for a child, each holding the bare access token of its lease. */
export const environmentOf = (
  leases: ReadonlyArray<{ variable: string; lease: Lease }>,
): Record<string, string> =>
  Object.fromEntries(leases.map(({ variable, lease }) => [variable, lease.accessToken]))

/** Names one run of the daemon, and how many answers the person gave in it. */
export const epochOf = (startedAt: string, answers: number): string =>
  answers === 0 ? startedAt : `${startedAt}+${answers}`

/**
 * One line that differs whenever a variable may have changed. `epoch` names this run of the daemon: a shell
 * whose question failed while none ran asks the next one.
 */
export const stampOf = (epoch: string, connections: readonly ConnectionStatus[]): string =>
  [
    epoch,
    ...connections.map(({ name, generation, state }) => `${name}:${generation}${MARK[state] ?? ''}`),
  ].join(' ')

/** States that take an access token away without a new generation. */
const MARK: Partial<Record<ConnectionStatus['state'], string>> = {
  signedOut: '-',
  consentRequired: '!',
  blocked: '!',
}

export type Shell = 'bash' | 'zsh' | 'fish'

interface Dialect {
  set(name: string, value: string): string
  unset(name: string): string
}

/** Remembers which variables are fob's, in the shell itself. */
const mark = (name: string): string => `__fob_set_${name}`

const posix: Dialect = {
  set: (name, value) => `export ${name}=${quoted(value)}; ${mark(name)}=1`,
  unset: (name) => `if [ -n "\${${mark(name)}-}" ]; then unset ${name} ${mark(name)}; fi`,
}

const fish: Dialect = {
  set: (name, value) => `set -gx ${name} '${value.replace(/['\\]/g, '\\$&')}'; set -g ${mark(name)} 1`,
  unset: (name) => `if set -q ${mark(name)}; set -e ${name}; set -e ${mark(name)}; end`,
}

/** A NUL cannot be in a variable and a line end would be a surprise in every tool: no access token has them. */
const isPlain = (value: string): boolean => !/[\x00-\x1f\x7f]/.test(value)

/** Lines for the shell to evaluate. */
export function shellLines({ variables, missing }: Environment, shell: Shell): string[] {
  const dialect = shell === 'fish' ? fish : posix
  return [
    ...variables.map(({ name, value }) => (isPlain(value) ? dialect.set(name, value) : dialect.unset(name))),
    ...missing.map(({ name }) => dialect.unset(name)),
  ]
}
