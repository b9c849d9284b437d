/**
 * This window's link to the daemon: finds it, starts it when nobody has, follows its events, and says in one
 * picture how things stand. Invariants: a daemon that a person stopped is not started again behind their back;
 * one that died is; nothing is said to a socket that is not this user's, nor to a fob of another protocol.
 */
import { join } from 'node:path'
import * as vscode from 'vscode'
import { connect, type Client } from '../shared/client/client.js'
import type { LinkState } from '../shared/client/link.js'
import type { Subscription } from '../shared/client/subscribe.js'
import { DaemonUnreachable, type UnreachableKind } from '../shared/client/unreachable.js'
import { Refusal } from '../shared/contract/errors.js'
import type { DaemonEvent } from '../shared/contract/events.js'
import { PROTOCOL_VERSION } from '../shared/contract/ids.js'
import { PlaceRefused } from '../shared/contract/places.js'
import { handOver } from './handOver.js'
import { findNode } from './nodeProgram.js'
import { away, pictureAfter, type Away, type Picture } from './picture.js'
import { settings } from './settings.js'

/** A daemon that dies this often as soon as it runs will not be mended by one start more. */
const STARTS = { most: 3, withinMs: 60_000 }

/** Between looks at a fob of another protocol, which somebody may replace. */
const LOOK_AGAIN_MS = 5_000

/** What the package holds beside the extension's own code. Absolute paths. */
export interface Programs {
  readonly fob: string
  readonly daemon: string
}

export const programsIn = (extensionPath: string): Programs => ({
  fob: join(extensionPath, 'daemon', 'fob.js'),
  daemon: join(extensionPath, 'daemon', 'dist', 'daemon.mjs'),
})

export class Daemon implements vscode.Disposable {
  readonly client: Client
  readonly programs: Programs
  readonly #changed = new vscode.EventEmitter<Picture>()
  readonly #heard = new vscode.EventEmitter<DaemonEvent>()
  /** Fires after each change of the picture. */
  readonly onDidChange = this.#changed.event
  /** Every event the daemon tells, after the picture took it in. */
  readonly onDidHear = this.#heard.event
  /** Resolves with the first picture that says more than that it is being looked for. */
  readonly known: Promise<void>
  #knows: () => void = () => undefined
  #picture: Picture = { kind: 'looking' }
  #subscription: Subscription | undefined
  #looking: Promise<void> | undefined
  #starts: number[] = []
  #again: NodeJS.Timeout | undefined
  #disposed = false

  constructor(programs: Programs) {
    this.programs = programs
    this.client = connect(process.env)
    this.known = new Promise((resolve) => (this.#knows = resolve))
  }

  get picture(): Picture {
    return this.#picture
  }

  /** The Node that runs fob's programs. Throws an Error for a person when the one in the settings does not do. */
  node(): Promise<string> {
    return findNode(settings.nodePath(), process.env['PATH'] ?? '')
  }

  /** Looks for the daemon and starts it when there is none. Whatever comes of it shows in the picture. */
  async begin(): Promise<void> {
    await this.#look(settings.startsAutomatically())
  }

  /** The same, by a person's wish. */
  async start(): Promise<void> {
    this.#starts = []
    await this.#look(true)
  }

  /** Hands socket and state over to the version this extension brings. Rejects with why it could not be. */
  async upgrade(): Promise<void> {
    await handOver(this.client, { node: await this.node(), program: this.programs.daemon })
    await this.start()
  }

  dispose(): void {
    this.#disposed = true
    clearTimeout(this.#again)
    this.#subscription?.stop()
    this.client.close()
    this.#changed.dispose()
    this.#heard.dispose()
  }

  /** Looks that overlap are one. */
  #look(mayStart: boolean): Promise<void> {
    this.#looking ??= this.#lookOnce(mayStart).finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #lookOnce(mayStart: boolean): Promise<void> {
    clearTimeout(this.#again)
    try {
      const hello = (await this.client.hello()) ?? (mayStart ? await this.#startProgram() : undefined)
      if (hello === undefined) this.#show(away('stopped'))
      else if (hello.protocol !== PROTOCOL_VERSION) {
        const problem = hello.protocol < PROTOCOL_VERSION ? 'older' : 'newer'
        this.#show(away(problem, `fob ${hello.version} (pid ${hello.pid}) is running`))
        this.#awaitAnother()
        return
      }
    } catch (error) {
      this.#show(awayBy(error))
    }
    // Also with nobody there: the link tries on, and notices a daemon that somebody else starts.
    this.#follow()
  }

  /** Its events would not be understood, so that only looking tells when another takes its place. */
  #awaitAnother(): void {
    this.#again = setTimeout(() => {
      void this.client
        .hello()
        .catch(() => undefined)
        .then((hello) => {
          const isOther = hello !== undefined && hello.protocol !== PROTOCOL_VERSION
          return isOther ? this.#awaitAnother() : this.begin()
        })
    }, LOOK_AGAIN_MS)
  }

  async #startProgram(): Promise<Awaited<ReturnType<Client['start']>>> {
    const now = Date.now()
    this.#starts = this.#starts.filter((at) => now - at < STARTS.withinMs)
    if (this.#starts.length >= STARTS.most) {
      const message = `fob ended ${STARTS.most} times within a minute`
      throw new DaemonUnreachable('failed', message, 'fob logs')
    }
    this.#starts.push(now)
    this.#show(away('starting'))
    const node = await this.node()
    return this.client.start({ name: 'daemon', node, script: this.programs.daemon })
  }

  #follow(): void {
    if (this.#disposed) return
    this.#subscription?.stop()
    this.#subscription = this.client.subscribe({
      event: (event) => this.#hear(event),
      link: (state) => this.#linkChanged(state),
      asksPerson: true,
      followsRecord: true,
    })
  }

  #hear(event: DaemonEvent): void {
    this.#show(pictureAfter(this.#picture, event))
    this.#heard.fire(event)
  }

  #linkChanged(state: LinkState): void {
    if (state.kind !== 'awaitingRetry' || this.#picture.kind !== 'up') return
    // A fob that handed over answers at once, and nothing need be shown.
    void this.#look(settings.startsAutomatically())
  }

  #show(picture: Picture): void {
    if (picture === this.#picture || this.#disposed) return
    this.#picture = picture
    if (isKnown(picture)) this.#knows()
    this.#changed.fire(picture)
  }
}

const isKnown = (picture: Picture): boolean =>
  picture.kind === 'up' || (picture.kind === 'away' && picture.problem !== 'starting')

const PROBLEMS = {
  absent: 'silent',
  unsafe: 'unsafe',
  lost: 'silent',
  foreign: 'foreign',
  failed: 'failed',
  misconfigured: 'failed',
} as const satisfies Record<UnreachableKind, Away['problem']>

/** What a failed look means for a person. */
function awayBy(error: unknown): Away {
  if (error instanceof DaemonUnreachable) {
    return away(PROBLEMS[error.kind], error.message, error.fix)
  }
  if (error instanceof Refusal) {
    return away(error.code === 'unsupported_protocol' ? 'older' : 'failed', error.message, error.fix)
  }
  if (error instanceof PlaceRefused) return away('failed', error.message, error.fix)
  return away('failed', error instanceof Error ? error.message : String(error))
}
