/**
 * The daemon's events as they happen, for as long as the subscriber wants. The link reducer decides, this
 * opens sockets and timers. Each connection begins with a snapshot, so nothing is missed by being away.
 */
import { connect } from 'node:net'
import { WebSocket, type RawData } from 'ws'
import { DaemonEvent } from '../contract/events.js'
import { PROTOCOL_VERSION } from '../contract/ids.js'
import { parsedJson } from '../contract/parsedJson.js'
import type { Environment } from '../contract/places.js'
import { EVENTS_PATH } from '../contract/routes.js'
import { findSocket } from './findSocket.js'
import { advanceLink, idle, type LinkEffect, type LinkEvent, type LinkState } from './link.js'

export interface Subscriber {
  event(event: DaemonEvent): void
  /** Each change of the link; a subscriber that shows nothing of it may leave this out. */
  link?(state: LinkState): void
  /** It puts questions to a person, and answers for them. */
  readonly asksPerson?: boolean
  /** It hears of each new line of the record, which may be many. */
  readonly followsRecord?: boolean
}

export interface Subscription {
  /** Nothing is told any more once this returns. */
  stop(): void
}

/**
 * A Unix socket by its form, so that the HTTP of an editor's extension host, which sends names through proxies
 * of its own, leaves it alone. The path in it stands for the checked one, which `createConnection` takes.
 */
const EVENTS_URL = `ws+unix:/fob:${EVENTS_PATH}`

/** What everybody is told, and what this one asked for beside. */
function urlFor({ asksPerson, followsRecord }: Subscriber): string {
  const wishes = [...(asksPerson ? ['approvals=true'] : []), ...(followsRecord ? ['audit=true'] : [])]
  return wishes.length === 0 ? EVENTS_URL : `${EVENTS_URL}?${wishes.join('&')}`
}

/** A daemon that dies without closing is noticed by the kernel; one that is stuck, by this. */
const HANDSHAKE_MS = 5_000

class Link implements Subscription {
  readonly #env: Environment
  readonly #subscriber: Subscriber
  readonly #random: () => number
  #state: LinkState = idle
  #socket: WebSocket | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(env: Environment, subscriber: Subscriber, random: () => number) {
    this.#env = env
    this.#subscriber = subscriber
    this.#random = random
  }

  start(): void {
    this.#advance({ kind: 'start' })
  }

  stop(): void {
    this.#advance({ kind: 'stop' })
  }

  #advance(event: LinkEvent): void {
    const { state, effects } = advanceLink(this.#state, event, this.#random())
    const changed = state !== this.#state
    this.#state = state
    for (const effect of effects) this.#perform(effect)
    if (changed) this.#subscriber.link?.(state)
  }

  #perform(effect: LinkEffect): void {
    switch (effect.kind) {
      case 'open':
        this.#open(effect.link)
        break
      case 'close':
        this.#socket?.terminate()
        break
      case 'wait':
        this.#timer = setTimeout(() => this.#advance({ kind: 'retryDue' }), effect.ms)
        break
      case 'cancelWait':
        clearTimeout(this.#timer)
        break
    }
  }

  #open(link: number): void {
    const closed = (): void => this.#advance({ kind: 'closed', link })
    let path: string
    try {
      path = findSocket(this.#env)
    } catch {
      // Absent or unsafe alike: nothing is sent, and the next try looks again.
      setImmediate(closed)
      return
    }
    const socket = new WebSocket(urlFor(this.#subscriber), {
      createConnection: () => connect({ path }),
      handshakeTimeout: HANDSHAKE_MS,
      headers: { Host: 'fob', 'Fob-Protocol': String(PROTOCOL_VERSION) },
      perMessageDeflate: false,
    })
    this.#socket = socket
    socket.on('open', () => this.#advance({ kind: 'opened', link }))
    // An error is always followed by 'close', which decides.
    socket.on('error', () => undefined)
    socket.on('close', closed)
    socket.on('message', (bytes) => this.#receive(link, bytes))
  }

  #receive(link: number, bytes: RawData): void {
    if (this.#state.kind !== 'connected' || this.#state.link !== link) return
    const event = DaemonEvent.safeParse(jsonIn(bytes))
    // A newer daemon may say more than this client knows; what it knows it still hears.
    if (event.success) this.#subscriber.event(event.data)
  }
}

const jsonIn = (bytes: RawData): unknown =>
  Buffer.isBuffer(bytes) ? parsedJson(bytes.toString('utf8')) : undefined

/** Begins at once and reconnects until stopped. `random` gives numbers in [0, 1) for the backoff. */
export function subscribe(
  env: Environment,
  subscriber: Subscriber,
  random: () => number = Math.random,
): Subscription {
  const link = new Link(env, subscriber, random)
  link.start()
  return link
}
