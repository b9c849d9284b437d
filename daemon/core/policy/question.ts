/** What is put to the person: who wants what of which connection. Pure. */
import { ApprovalId, type AskedAction } from '../../../shared/contract/approvals.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { ConnectionName, Scope } from '../../../shared/contract/ids.js'
import type { Caller, ProcessFacts, Random } from '../ports.js'

export interface Want {
  readonly caller: Caller
  readonly connection: ConnectionName
  readonly action: AskedAction
  /** Empty for all that the connection has. */
  readonly scopes: readonly Scope[]
}

/** `asker`: its process as it is now; undefined when that is gone. */
export const keyOf = (
  { connection, action, scopes, caller }: Want,
  asker: ProcessFacts | undefined,
): string =>
  JSON.stringify([connection, action, [...scopes].sort(), caller.executable, asker?.session ?? caller.pid])

/** Of a question or of an answer that stays. To be typed after a command, so that it must not look like an option. */
export const newId = (random: Random): ApprovalId =>
  ApprovalId.parse(random.id().replaceAll('-', 'x').slice(0, 8))

export const refused = ({ connection, action }: Want, why: string): Refusal =>
  new Refusal('refused_by_policy', `${connection} was asked for (${action}) and not given: ${why}`, {
    fix: 'fob approvals list',
  })
