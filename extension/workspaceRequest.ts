/**
 * What a workspace asks for in its terminals, and what of it a person may be asked about. Pure.
 * Invariants: a connection by name and a variable its provider's tools read, nothing else; other names only by
 * the person's own settings. What was decided holds for this folder and this content alone.
 */
import { createHash } from 'node:crypto'
import type { ConnectionStatus } from '../shared/contract/connection.js'
import type { ProviderSummary } from '../shared/contract/provider.js'
import { variablesIn } from './terminalConstants.js'

export interface WorkspaceRequest {
  /** Of folder and content: another content is another request. */
  readonly digest: string
  readonly variables: Readonly<Record<string, string>>
  /** What is not even looked at, one sentence each. */
  readonly faults: readonly string[]
}

type Setting = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Setting =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `settings` as the files of the workspace have them, the closer last. undefined when nothing is asked. */
export function requestIn(folder: string, settings: readonly unknown[]): WorkspaceRequest | undefined {
  const asked = Object.fromEntries(settings.filter(isObject).flatMap((setting) => Object.entries(setting)))
  if (Object.keys(asked).length === 0) return undefined
  const entries = Object.entries(asked).sort(([one], [other]) => (one < other ? -1 : 1))
  const digest = createHash('sha256')
    .update(JSON.stringify([folder, entries]))
    .digest('hex')
  const { fit, faults } = variablesIn(asked)
  return { digest, variables: fit, faults }
}

export interface Known {
  readonly connections: ReadonlyArray<Pick<ConnectionStatus, 'name' | 'provider'>>
  readonly providers: ReadonlyArray<Pick<ProviderSummary, 'id' | 'variables'>>
}

interface Allowable {
  readonly variables: Readonly<Record<string, string>>
  /** Why the others are left out, one sentence each. */
  readonly leftOut: readonly string[]
}

/** What of a request a person may allow, by what the daemon knows now. */
export function allowable({ variables, faults }: WorkspaceRequest, known: Known): Allowable {
  const fit: Record<string, string> = {}
  const leftOut = [...faults]
  for (const [variable, name] of Object.entries(variables)) {
    const fault = faultOf(variable, name, known)
    if (fault === undefined) fit[variable] = name
    else leftOut.push(fault)
  }
  return { variables: fit, leftOut }
}

function faultOf(variable: string, name: string, { connections, providers }: Known): string | undefined {
  const connection = connections.find((each) => each.name === name)
  if (connection === undefined) return `there is no connection ${name} for ${variable}`
  const provider = providers.find(({ id }) => id === connection.provider)
  if (provider?.variables.includes(variable)) return undefined
  return `${variable} is no variable that tools of ${connection.provider} read; your own settings may name it`
}
