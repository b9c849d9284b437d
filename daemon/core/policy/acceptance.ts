/**
 * Which of the person's rules are in force: those they accepted, and not simply those in the file, since whatever
 * runs as them can edit that.
 * Invariants: a changed file changes nothing until it is accepted; accepted is exactly what was shown, named by its
 * digest; what was accepted is durable before it counts. Before anything was accepted there are no rules.
 */
import type { Policy } from '../../../shared/contract/config.js'
import type { SettingsTrouble } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Answer } from '../../../shared/contract/routes.js'
import { answeringFault } from './answering.js'
import type { Recorder } from '../audit.js'
import type { AcceptedPolicy, Caller, Log, Processes } from '../ports.js'
import { notUnderstood, rulesWait } from './settingsTrouble.js'

interface Parts {
  readonly store: AcceptedPolicy
  readonly processes: Processes
  readonly recorder: Recorder
  readonly log: Log
  /** The file as it is now. Throws `misconfigured`. */
  readonly offered: () => Policy
  /** Equal rules have equal digests. */
  readonly digestOf: (policy: Policy) => string
}

export class Acceptance {
  readonly #parts: Parts
  #inForce: Policy = []
  /** Resolves once the rules in force are known: nobody may be let in before. Rejects when they cannot be read. */
  readonly ready: Promise<void>

  constructor(parts: Parts) {
    this.#parts = parts
    this.ready = parts.store.load().then((accepted) => {
      this.#inForce = accepted ?? []
      if (!this.state().accepted)
        parts.log.warn({}, 'fob.json has rules that were not accepted: fob config accept')
    })
  }

  rules(): Policy {
    return this.#inForce
  }

  state(): Answer<'config'> {
    const { digestOf, offered } = this.#parts
    const file = offered()
    const digest = digestOf(file)
    return { inForce: this.#inForce, file, digest, accepted: digest === digestOf(this.#inForce) }
  }

  /** What a person has to do about the file; undefined when its rules are those in force. */
  trouble(): SettingsTrouble | undefined {
    try {
      const { accepted, inForce, file } = this.state()
      return accepted ? undefined : rulesWait(inForce, file)
    } catch (error) {
      if (error instanceof Refusal) return notUnderstood(error)
      throw error
    }
  }

  /** Rejects with a Refusal: for who may not, and for a file that is not the one that was shown. */
  async accept(digest: string, by: Caller, isLink: boolean): Promise<Answer<'config'>> {
    const { processes, store, recorder } = this.#parts
    const fault = answeringFault({ by, isLink, asker: undefined }, processes)
    if (fault !== undefined) throw new Refusal('refused_by_policy', fault, { fix: 'fob config show' })
    const { file, digest: now } = this.state()
    if (now !== digest) {
      const message = 'body.digest: fob.json has changed since it was shown'
      throw new Refusal('bad_request', message, { field: 'body.digest', fix: 'fob config show' })
    }
    await store.save(file)
    this.#inForce = file
    recorder.record({ event: 'accept', outcome: 'ok', caller: by })
    return this.state()
  }
}
