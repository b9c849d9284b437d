/**
 * Callers of every kind who ask a daemon again and again, each with one call under way at a time, and listeners
 * who follow its events. Nobody is told of a hand-over: a call that fails is a call that a person would have
 * seen fail.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type Client } from '../../shared/client/client.js'
import type { LinkState } from '../../shared/client/link.js'
import type { Subscription } from '../../shared/client/subscribe.js'
import { Lease } from '../../shared/contract/lease.js'
import { routes } from '../../shared/contract/routes.js'
import { digestOf, type Observed } from '../history.js'
import { ask, type Home } from '../process/home.js'

/** A moment between two calls of one caller, so that a loaded machine comes to serve them. Milliseconds. */
const BREATH_MS = 40
/** How long whoever waits here looks again. */
const LOOK_MS = 10

export interface Crowd {
  /** Leases of a valid access token, each on a connection of its own. */
  readonly fresh: number
  /** The same on kept connections, as the editor has them. */
  readonly kept: number
  /** Leases of an access token that is renewed all the time. */
  readonly waiting: number
  readonly status: number
  readonly listeners: number
  /** Shells in which `fob token` runs. */
  readonly shells: number
}

/** What one listener has heard. */
class Listener {
  readonly faults: string[] = []
  /** Links that opened. */
  links = 0
  readonly #generations = new Map<string, number>()
  readonly #subscription: Subscription
  #awaitsSnapshot = false

  constructor(client: Client) {
    this.#subscription = client.subscribe({
      link: (state) => this.#linked(state),
      event: (event) => {
        if (this.#awaitsSnapshot && event.type !== 'snapshot')
          this.faults.push(`${event.type} before the snapshot`)
        this.#awaitsSnapshot = false
        if (event.type === 'snapshot') for (const each of event.status.connections) this.#heard(each)
        if (event.type === 'connection') this.#heard(event.connection)
      },
    })
  }

  generationOf(name: string): number | undefined {
    return this.#generations.get(name)
  }

  stop(): void {
    this.#subscription.stop()
  }

  #linked({ kind }: LinkState): void {
    if (kind !== 'connected') return
    this.links += 1
    this.#awaitsSnapshot = true
  }

  #heard({ name, generation }: { name: string; generation: number }): void {
    const before = this.#generations.get(name) ?? 0
    if (generation < before) this.faults.push(`${name} went from generation ${before} to ${generation}`)
    this.#generations.set(name, generation)
  }
}

export class Traffic {
  readonly leases: Array<Observed & { kind: 'lease' }> = []
  readonly #home: Home
  readonly #waiting: string
  readonly #clients: Client[] = []
  readonly #callers: Array<Promise<void>> = []
  readonly #listeners: Listener[]
  readonly #failures: string[] = []
  #going = true
  #underWay = 0
  #mostUnderWay = 0
  answered = 0

  /** `fresh` has a valid access token, `waiting` one that has to be renewed all the time. */
  constructor(home: Home, crowd: Crowd, { fresh, waiting }: { fresh: string; waiting: string }) {
    this.#home = home
    this.#waiting = waiting
    const client = this.#client()
    const { socket } = home
    this.#add(crowd.fresh, () => this.#lease(fresh, async () => okay(await ask(socket, pathOf(fresh)))))
    this.#add(crowd.waiting, () => this.#lease(waiting, async () => okay(await ask(socket, pathOf(waiting)))))
    this.#add(crowd.kept, () =>
      this.#lease(fresh, () => client.call('accessToken', { params: { c: fresh } })),
    )
    this.#add(crowd.status, async () => void (await client.call('status', {})))
    this.#add(crowd.shells, async () => void (await home.must('token', fresh)))
    this.#listeners = Array.from({ length: crowd.listeners }, () => new Listener(this.#client()))
  }

  /** The most calls that were under way at one time since this was asked before. */
  takeMostUnderWay(): number {
    const most = this.#mostUnderWay
    this.#mostUnderWay = this.#underWay
    return most
  }

  /** Resolves with what listeners do not know, once they have had time to come back and hear how things stand. */
  async unheard(links: number, withinMs: number): Promise<string[]> {
    const until = Date.now() + withinMs
    for (;;) {
      const unheard = await this.#unheardNow(links)
      if (unheard.length === 0 || Date.now() > until) return unheard
      await pause(LOOK_MS)
    }
  }

  /** Resolves once every caller has had its last answer, with all that went wrong for callers and listeners. */
  async stop(): Promise<string[]> {
    this.#going = false
    await Promise.all(this.#callers)
    for (const listener of this.#listeners) listener.stop()
    for (const client of this.#clients) client.close()
    return [...this.#failures, ...this.#listeners.flatMap(({ faults }) => faults)]
  }

  async #unheardNow(links: number): Promise<string[]> {
    const { text } = await this.#home.ask('/v1/status')
    const { connections } = routes.status.answer.parse(JSON.parse(text))
    return this.#listeners.flatMap((listener) => [
      ...connections
        .filter(({ name, generation }) => listener.generationOf(name) !== generation)
        .map(({ name }) => `a listener has ${name} at ${listener.generationOf(name)}`),
      ...(listener.links < links ? [`a listener has come back ${listener.links - 1} times`] : []),
    ])
  }

  #client(): Client {
    const client = connect(this.#home.environment)
    this.#clients.push(client)
    return client
  }

  #add(count: number, once: () => Promise<void>): void {
    for (let number = 0; number < count; number++) this.#callers.push(this.#repeat(once))
  }

  async #repeat(once: () => Promise<void>): Promise<void> {
    while (this.#going) {
      this.#underWay += 1
      this.#mostUnderWay = Math.max(this.#mostUnderWay, this.#underWay)
      try {
        await once()
        this.answered += 1
      } catch (error) {
        this.#failures.push(String(error))
      }
      this.#underWay -= 1
      await pause(BREATH_MS)
    }
  }

  async #lease(name: string, asked: () => Promise<Lease>): Promise<void> {
    const { generation, accessToken, connection } = await asked()
    if (connection !== name) this.#failures.push(`asked for ${name} and got ${connection}`)
    const lease = { kind: 'lease', at: Date.now(), generation, accessToken: digestOf(accessToken) } as const
    if (name === this.#waiting) this.leases.push(lease)
  }
}

const pathOf = (name: string): string => `/v1/connections/${name}/access-token`

function okay({ status, text }: { status: number; text: string }): Lease {
  if (status !== 200) throw new Error(`${status}: ${text}`)
  return Lease.parse(JSON.parse(text))
}
