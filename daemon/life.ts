/** One service from its beginning to its end, and the ways it can end. */
import { Refusal } from '../shared/contract/errors.js'
import { programEnvironment } from '../shared/contract/startEnvironment.js'
import { errorFacts } from './adapters/logs/log.js'
import type { Caller } from './core/ports.js'
import { raiseHeir, type Heir } from './edges/handOver.js'
import type { Instance } from './edges/instance.js'
import type { Successor } from './edges/routes/shutdown.js'
import { createService, type Ground, type Service } from './service.js'
import { EXIT } from './startReport.js'

/** Requests under way have 20 s and exchanges 15 s; whatever hangs beyond is not worth waiting for. */
const STOP_MS = 38_000

export class Life {
  readonly #ground: Ground
  readonly #instance: Instance
  #service: Service
  #phase: 'serving' | 'handingOver' | 'ending' = 'serving'
  /** Somebody wanted an end while a hand-over ran: if that fails, there is nothing to go on for. */
  #endWanted = false

  constructor(ground: Ground, instance: Instance) {
    this.#ground = ground
    this.#instance = instance
    this.#service = this.#created()
  }

  /**
   * Serves from here on. With `vaultMustOpen` nobody is let in before the vault is open, and the begin fails
   * when it cannot be.
   */
  async begin(vaultMustOpen = false): Promise<void> {
    if (vaultMustOpen) await this.#requireVault()
    await this.#service.accept(this.#instance)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.on(signal, () => this.#end(undefined))
    process.on('uncaughtException', (error) => this.#crash(error))
    const { socket, version } = this.#ground.facts
    this.#instance.watch(() => {
      this.#ground.log.error({ socket }, 'the socket was removed, so nobody finds this daemon any more')
      this.#end(undefined)
    })
    this.#note('start')
    this.#ground.log.info({ socket, version }, 'serving')
  }

  #created(facts = this.#ground.facts): Service {
    return createService({ ...this.#ground, facts }, (successor, caller) => this.#asked(successor, caller))
  }

  async #requireVault(): Promise<void> {
    await this.#service.opened
    const { state, reason, fix } = this.#service.vaultStatus()
    if (state === 'locked')
      throw new Refusal('vault_locked', `the vault cannot be opened: ${reason}`, { fix })
  }

  /** Answers a request to shut down: what to do once the answer is on its way. */
  async #asked(successor: Successor | undefined, caller: Caller): Promise<() => void> {
    if (successor === undefined) return () => this.#end(caller)
    if (this.#phase !== 'serving') {
      throw new Refusal('stopping', 'this daemon is ending or being replaced already', { fix: 'fob up' })
    }
    this.#phase = 'handingOver'
    try {
      const heir = await raiseHeir(successor, this.#instance.descriptors, programEnvironment(process.env))
      return () => void this.#handOver(heir, caller)
    } catch (error) {
      this.#stay()
      throw error
    }
  }

  #end(caller: Caller | undefined): void {
    if (this.#phase === 'handingOver') this.#endWanted = true
    if (this.#phase !== 'serving') return
    this.#phase = 'ending'
    this.#instance.retire()
    const tooLong = setTimeout(() => this.#leave('what was under way did not end in time'), STOP_MS)
    void this.#service
      .stop('shutdown')
      .catch((error: unknown) => this.#ground.log.error({ error }, 'stopping met a defect'))
      .then(() => {
        clearTimeout(tooLong)
        this.#note('stop', caller)
        this.#leave('stopped')
      })
  }

  #leave(how: string): never {
    this.#ground.log.info({}, how)
    this.#instance.release()
    process.exit(EXIT.ok)
  }

  /** Once the service has stopped nothing is served or written here; callers wait in the kernel's queue. */
  async #handOver(heir: Heir, caller: Caller): Promise<void> {
    const { log } = this.#ground
    const vaultOpen = this.#service.vaultStatus().state === 'open'
    try {
      await this.#service.stop('upgrade')
      this.#note('stop', caller)
      if (this.#endWanted) {
        await heir.dismiss()
        this.#leave('stopped')
      }
      await heir.takeOver(vaultOpen)
    } catch (error) {
      await heir.dismiss()
      log.error({ error }, 'hand-over failed; this version goes on')
      await this.#goOn(error)
      return
    }
    log.info({}, 'handed over')
    // Neither closed nor unlinked: both are the successor's.
    process.exit(EXIT.ok)
  }

  async #goOn(failure: unknown): Promise<void> {
    this.#instance.sign()
    const { clock, facts } = this.#ground
    const fix = failure instanceof Refusal ? failure.fix : 'fob logs'
    const handOverFailed = {
      at: new Date(clock.now()).toISOString(),
      message: Refusal.reasonOf(failure),
      fix,
    }
    this.#service = this.#created({ ...facts, handOverFailed })
    await this.#service.accept(this.#instance)
    this.#note('start')
    this.#stay()
  }

  #stay(): void {
    this.#phase = 'serving'
    if (this.#endWanted) this.#end(undefined)
  }

  /** The record may be unwritable; that refuses leases, and must not keep a daemon from starting or ending. */
  #note(event: 'start' | 'stop', caller?: Caller): void {
    try {
      this.#ground.recorder.record({ event, outcome: 'ok', caller })
    } catch (error) {
      this.#ground.log.error({ error }, `the ${event} could not be recorded`)
    }
  }

  /** Lock and socket are left as they are: the kernel frees the one, the next start removes the other. */
  #crash(error: unknown): never {
    this.#ground.log.error({ err: errorFacts(error) }, 'ended by a defect')
    process.exit(EXIT.defect)
  }
}
