/** What the exit code of `fob` says. Scripts branch on it, so a number never changes its meaning. */
import type { ErrorCode } from '../../shared/contract/errors.js'

export const EXIT = Object.freeze({
  done: 0,
  /** Trouble of this machine (a full disk, a defect), for which no other code stands. */
  failed: 1,
  usage: 2,
  consentRequired: 3,
  refusedByPolicy: 4,
  provider: 5,
  daemonUnreachable: 6,
  vaultLocked: 7,
})

/** `fob run` reports its own failures as env(1) and nohup(1) do, so that they stand apart from the child's. */
export const RUN_EXIT = Object.freeze({ ownFailure: 125, notExecutable: 126, notFound: 127 })

/** What shells add to a signal's number when it ended a program. */
export const SIGNAL_EXIT = 128

export const exitOfCode: Readonly<Record<ErrorCode, number>> = {
  bad_request: EXIT.usage,
  unsupported_protocol: EXIT.daemonUnreachable,
  forbidden_origin: EXIT.refusedByPolicy,
  refused_by_policy: EXIT.refusedByPolicy,
  unknown_route: EXIT.daemonUnreachable,
  unknown_connection: EXIT.usage,
  unknown_provider: EXIT.usage,
  unknown_lease: EXIT.usage,
  no_consent_running: EXIT.usage,
  method_not_allowed: EXIT.daemonUnreachable,
  connection_exists: EXIT.usage,
  consent_required: EXIT.consentRequired,
  consent_running: EXIT.consentRequired,
  misconfigured: EXIT.provider,
  body_too_large: EXIT.usage,
  provider_refused: EXIT.provider,
  provider_unreachable: EXIT.provider,
  retry_later: EXIT.provider,
  store_unwritable: EXIT.failed,
  vault_locked: EXIT.vaultLocked,
  stopping: EXIT.daemonUnreachable,
  internal: EXIT.failed,
}
