/** Enters a token request into the ledger and follows it to its end, answered or not. */
import type { ServerResponse } from 'node:http'
import type { SandboxFault } from '../../shared/contract/sandboxFault.js'
import type { LedgerEntry } from '../../shared/contract/sandboxLedger.js'
import type { Asked, Ledger } from './ledger.js'

export function counted(
  ledger: Ledger,
  response: ServerResponse,
  asked: Asked,
  faults: readonly SandboxFault[],
): LedgerEntry {
  const kinds = faults.map(({ kind }) => kind)
  const entry = ledger.begin(asked, kinds)
  let answered = false
  response.once('finish', () => {
    answered = true
  })
  response.once('close', () => ledger.ended(entry, answered ? response.statusCode : null))
  return entry
}
