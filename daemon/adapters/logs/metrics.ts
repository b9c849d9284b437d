/** Counts in Prometheus' text form, in a registry of our own so that nothing else ends up in it. */
import { Counter, Gauge, Registry } from 'prom-client'
import type { ConnectionName } from '../../../shared/contract/ids.js'
import type { Metrics } from '../../core/ports.js'

export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry()
  readonly #leases = new Counter({
    name: 'fob_leases_total',
    help: 'Access tokens handed out',
    labelNames: ['connection'],
    registers: [this.#registry],
  })
  readonly #refreshes = new Counter({
    name: 'fob_refreshes_total',
    help: 'Token requests made to refresh, by outcome',
    labelNames: ['connection', 'outcome'],
    registers: [this.#registry],
  })
  readonly #refusals = new Counter({
    name: 'fob_refusals_total',
    help: 'Requests refused, by error code',
    labelNames: ['code'],
    registers: [this.#registry],
  })

  constructor() {
    this.#gauge('process_start_time_seconds', 'Start of the daemon, in epoch seconds', () =>
      Math.round(performance.timeOrigin / 1000),
    )
    this.#gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss())
    this.#gauge('process_cpu_seconds_total', 'Processor time used', () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    })
  }

  leased(connection: ConnectionName): void {
    this.#leases.inc({ connection })
  }

  refreshed(connection: ConnectionName, outcome: string): void {
    this.#refreshes.inc({ connection, outcome })
  }

  refused(code: string): void {
    this.#refusals.inc({ code })
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  /** Read when asked. prom-client's own set of process figures would keep a 10 ms timer running for them. */
  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read())
      },
    })
  }
}
