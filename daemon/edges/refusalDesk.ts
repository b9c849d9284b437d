/**
 * Where every refusal leaves: counted, recorded where it belongs, and written as JSON whatever the caller
 * accepts. Anything thrown that is no `Refusal` is a defect: logged in full here, told as `internal`.
 * The record names connections, and nothing else that came in a name's place.
 */
import type { ServerResponse } from 'node:http'
import { Refusal } from '../../shared/contract/errors.js'
import type { Recorder } from '../core/audit.js'
import type { Broker } from '../core/broker/broker.js'
import type { Caller, Clock, Log, Metrics } from '../core/ports.js'
import { isSayable } from '../core/roster/sayableName.js'
import { JSON_TYPE, type Answers } from './answers.js'

/** Whom and what a refusal concerns, for the record. */
export interface Refused {
  readonly caller?: Caller | undefined
  readonly connection?: string
}

interface DeskParts {
  readonly recorder: Recorder
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
  readonly broker: Pick<Broker, 'connections'>
}

export class RefusalDesk {
  readonly #recorder: Recorder
  readonly #metrics: Metrics
  readonly #clock: Clock
  readonly #log: Log
  readonly #broker: Pick<Broker, 'connections'>
  readonly #answers: Answers

  constructor(parts: DeskParts, answers: Answers) {
    this.#broker = parts.broker
    this.#recorder = parts.recorder
    this.#metrics = parts.metrics
    this.#clock = parts.clock
    this.#log = parts.log
    this.#answers = answers
  }

  /** A refusal stands even when its line cannot be written: nothing was handed out. */
  record(refusal: Refusal, { caller, connection = '' }: Refused): void {
    try {
      const named = this.#recordable(connection)
      this.#recorder.record({ event: 'refusal', outcome: refusal.code, caller, connection: named })
    } catch (error) {
      this.#log.error({ error, code: refusal.code }, 'a refusal could not be recorded')
    }
  }

  #recordable(name: string): string {
    if (name === '' || isSayable(name)) return name
    return this.#broker.connections().some((connection) => connection.name === name) ? name : ''
  }

  /** What the caller may know of an error. */
  refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) return error
    this.#log.error({ error }, 'a request ended in a defect')
    return new Refusal('internal', 'fob met a defect of its own; its log says more', { fix: 'fob logs' })
  }

  /** For calls that would give or change something: the line is written before the answer. */
  refuse(response: ServerResponse, error: unknown, refused: Refused): void {
    const refusal = this.refusalOf(error)
    this.record(refusal, refused)
    this.send(response, refusal)
  }

  send(response: ServerResponse, refusal: Refusal): void {
    this.#metrics.refused(refusal.code)
    if (response.headersSent || response.destroyed) return
    const body = JSON.stringify(refusal.toBody())
    this.#answers.send(response, refusal.status, JSON_TYPE, body, this.#retryAfter(refusal))
  }

  /** The whole answer as text, for connections that have no response object; the connection ends with it. */
  raw(refusal: Refusal, reason: string): string {
    this.#metrics.refused(refusal.code)
    const body = JSON.stringify(refusal.toBody())
    const headers = Object.entries({
      'Content-Type': JSON_TYPE,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      Connection: 'close',
      ...this.#retryAfter(refusal),
    })
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    return `HTTP/1.1 ${refusal.status} ${reason}\r\n${lines}\r\n${body}`
  }

  /** In whole seconds (RFC 9110 §10.2.3), at least one, so that nobody is told to hammer. */
  #retryAfter(refusal: Refusal): Record<string, string> {
    if (refusal.status !== 503) return {}
    const { retryAt } = refusal
    if (retryAt !== undefined) {
      return { 'Retry-After': String(Math.max(1, Math.ceil((retryAt - this.#clock.now()) / 1000))) }
    }
    return refusal.remedy === 'retry' ? { 'Retry-After': '1' } : {}
  }
}
