/**
 * `fob sign-in`: begins a consent, says where to give it and waits, by events, until the grant is durable.
 * Invariant: it ends with 0 only after the daemon said so; Ctrl-C ends the consent at the daemon as well.
 */
import type { Client } from '../../../shared/client/client.js'
import type { Subscription } from '../../../shared/client/subscribe.js'
import type { ConsentEnded, ConsentOutcome, DaemonEvent } from '../../../shared/contract/events.js'
import type { ConsentBegun } from '../../../shared/contract/consent.js'
import { CommandFailed, CONNECTION, type Command, type Given } from '../command.js'
import { EXIT, SIGNAL_EXIT } from '../exitCodes.js'
import type { Output } from '../output.js'

const EXIT_OF: Readonly<Record<ConsentOutcome, number>> = {
  granted: EXIT.done,
  denied: EXIT.consentRequired,
  deadline: EXIT.consentRequired,
  cancelled: EXIT.consentRequired,
  wrongAccount: EXIT.consentRequired,
  failed: EXIT.provider,
}

/** What ends a wait: a person, a closed terminal, a supervisor. */
const ENDING = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const
type Ending = keyof typeof ENDING

/** A daemon that is replaced is back by then (the backoff adds up to three seconds). */
const MOST_FAILURES = 5

type Ended =
  ConsentEnded | { readonly type: 'lostTrack' } | { readonly type: 'signal'; readonly signal: Ending }

/** Listens before the consent begins, so that even an end at once is heard. */
class Wait {
  readonly #name: string
  readonly #subscription: Subscription
  readonly #heard: ConsentEnded[] = []
  #attempt: string | undefined
  #ready: () => void = () => undefined
  #end: (ended: Ended) => void = () => undefined
  /** Resolves with the first snapshot: from then on nothing is missed. */
  readonly listening = new Promise<void>((resolve) => (this.#ready = resolve))
  readonly ended = new Promise<Ended>((resolve) => (this.#end = resolve))

  constructor(client: Client, name: string) {
    this.#name = name
    this.#subscription = client.subscribe({
      event: (event) => this.#event(event),
      link: (state) => {
        if (state.kind === 'awaitingRetry' && state.failures > MOST_FAILURES) this.#end({ type: 'lostTrack' })
      },
    })
    for (const signal of this.#signals()) process.once(signal, this.#interrupted)
  }

  /** From now on the end of this attempt is what is waited for. */
  for(attempt: string): void {
    this.#attempt = attempt
    const early = this.#heard.find((ended) => ended.attempt === attempt)
    if (early) this.#end(early)
  }

  stop(): void {
    this.#subscription.stop()
    for (const signal of this.#signals()) process.off(signal, this.#interrupted)
  }

  readonly #interrupted = (signal: Ending): void => this.#end({ type: 'signal', signal })

  #signals(): Ending[] {
    return ['SIGINT', 'SIGTERM', 'SIGHUP']
  }

  #event(event: DaemonEvent): void {
    if (event.type === 'consentEnded') {
      this.#heard.push(event)
      if (event.attempt === this.#attempt) this.#end(event)
    } else if (event.type === 'snapshot') {
      this.#ready()
      // A later snapshot means the link was down: a consent that ended meanwhile will not be told again.
      const found = event.status.connections.find(({ name }) => name === this.#name)
      if (this.#attempt !== undefined && found?.state !== 'authorizing') this.#end({ type: 'lostTrack' })
    }
  }
}

function announce(begun: ConsentBegun, given: Given, output: Output): void {
  if (begun.kind === 'done') return
  if (begun.kind === 'device') {
    output.line(begun.verificationUriComplete ?? begun.verificationUri)
    output.line(`code: ${output.style('bold', begun.userCode)}`)
    output.note(`Open ${begun.verificationUri} on any device and enter the code; waiting …`)
  } else if (given.flag('browser') && begun.opened) {
    output.note('Your browser asks for your consent; waiting … If it does not show, open this:')
    output.note(`  ${begun.url}`)
  } else {
    output.line(begun.url)
    output.note('Open this URL in a browser on this machine; waiting …')
  }
}

async function begin(client: Client, name: string, given: Given, output: Output): Promise<ConsentBegun> {
  const open = given.flag('browser') && !given.flag('device')
  return client.call('beginConsent', {
    params: { c: name },
    body: {
      open,
      // A person who closed the tab tries again at once; a script must not end somebody else's consent.
      preempt: output.hasPerson,
      ...(given.flag('device') ? { flow: 'device' } : {}),
    },
  })
}

async function verdict(ended: Ended, client: Client, name: string): Promise<number> {
  if (ended.type === 'signal') {
    await client.call('cancelConsent', { params: { c: name } }).catch(() => undefined)
    const message = `signing in to ${name} was cancelled`
    throw new CommandFailed(SIGNAL_EXIT + ENDING[ended.signal], message, `fob sign-in ${name}`)
  }
  if (ended.type === 'lostTrack') {
    const message = 'the daemon ended, and the consent with it'
    throw new CommandFailed(EXIT.consentRequired, message, `fob sign-in ${name}`)
  }
  const exit = EXIT_OF[ended.outcome]
  if (exit === EXIT.done) return EXIT.done
  throw new CommandFailed(exit, ended.message || `signing in ended: ${ended.outcome}`, ended.fix)
}

/** The grant is there, but it may be another person's than was meant. */
function warn(ended: Ended, output: Output): void {
  if (ended.type !== 'consentEnded' || ended.message === '') return
  output.note(`${output.styleNote('yellow', 'note:')} ${ended.message}`)
  output.note(`      ${output.styleNote('bold', ended.fix)}`)
}

export const signIn: Command = {
  name: 'sign-in',
  summary: 'give your consent, and keep the connection fresh from then on',
  arguments: [CONNECTION],
  options: [
    { flags: '--no-browser', meaning: 'print the URL on the first line instead of opening a browser' },
    { flags: '--device', meaning: 'print a code to enter on another device' },
  ],
  examples: [
    'fob sign-in work',
    'fob sign-in work --no-browser   # the URL is the first line',
    'fob sign-in tv --device',
  ],
  more: 'Waits until the grant is saved, five minutes at most. Ctrl-C cancels.',
  run: async (given, { startedClient, output }) => {
    const name = given.argument(0)
    const client = await startedClient()
    const wait = new Wait(client, name)
    try {
      const early = await Promise.race([wait.listening, wait.ended])
      if (early) return await verdict(early, client, name)
      const begun = await begin(client, name, given, output)
      if (begun.kind !== 'done') {
        wait.for(begun.attempt)
        announce(begun, given, output)
        const ended = await output.progress('waiting for your consent', () => wait.ended)
        await verdict(ended, client, name)
        warn(ended, output)
      }
      output.note(`${output.styleNote('green', output.unicode ? '✓' : 'ok')} signed in to ${name}`)
      return EXIT.done
    } finally {
      wait.stop()
    }
  },
}
