/**
 * The secrets that passed through the sandbox, in plain, for who wants to search a client's leftovers for them.
 *
 * Invariants: nothing is kept before somebody asked for it on the control socket, and what is kept is in memory
 * only and gone with the process. Everything else here knows digests.
 */
import type { Exchange } from 'oidc-provider'
import { z } from 'zod'
import type { RecordedSecret } from '../../shared/contract/sandboxLedger.js'

/** Some hours of a client that renews every second; older ones are forgotten first. */
const KEPT = 50_000

/** By the names they have in OAuth messages (RFC 6749, RFC 7636, RFC 8628, OpenID Connect Core). */
const IN_REQUESTS: Readonly<Record<string, RecordedSecret['kind']>> = {
  code: 'code',
  code_verifier: 'verifier',
  refresh_token: 'refreshToken',
  client_secret: 'clientSecret',
  client_assertion: 'clientAssertion',
  device_code: 'deviceCode',
  state: 'state',
  nonce: 'nonce',
}

const Answered = z.object({
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  device_code: z.string().optional(),
})

export class Recording {
  #kept: Map<string, RecordedSecret['kind']> | undefined

  start(): void {
    this.#kept ??= new Map()
  }

  get isOn(): boolean {
    return this.#kept !== undefined
  }

  read(): RecordedSecret[] {
    return [...(this.#kept ?? [])].map(([text, kind]) => ({ kind, text }))
  }

  keep(kind: RecordedSecret['kind'], text: string | null | undefined): void {
    if (this.#kept === undefined || text === undefined || text === null || text === '') return
    this.#kept.set(text, kind)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest)
  }

  /** What a request says, in its target and in its body when that was read. */
  asked({ req }: Pick<Exchange, 'req'>, body: string): void {
    if (!this.isOn) return
    for (const form of [new URLSearchParams((req.url ?? '').split('?', 2)[1]), new URLSearchParams(body)]) {
      for (const [name, kind] of Object.entries(IN_REQUESTS)) this.keep(kind, form.get(name))
    }
  }

  /** What the library answers, told before it leaves; also when a fault then takes the answer away. */
  answered({ body, res }: Pick<Exchange, 'body' | 'res'>): void {
    if (!this.isOn) return
    const { data } = Answered.safeParse(body)
    this.keep('accessToken', data?.access_token)
    this.keep('refreshToken', data?.refresh_token)
    this.keep('idToken', data?.id_token)
    this.keep('deviceCode', data?.device_code)
    const location = res.getHeader('location')
    if (typeof location === 'string') {
      this.keep('code', new URLSearchParams(location.split('?', 2)[1]).get('code'))
    }
  }
}
