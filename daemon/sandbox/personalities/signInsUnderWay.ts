/**
 * Sign-ins that began at a desk and have not ended: codes on their way back through a browser, and devices whose code
 * somebody types elsewhere. In memory, and forgotten by a restart. Invariants: a code works once, for the client, the
 * address and the verifier it was asked for with; a device that was let in is gone.
 */
import { createHash } from 'node:crypto'
import { Refused } from './refused.js'

export interface AuthorizationAsked {
  readonly client: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly challenge: string | undefined
  readonly nonce?: string
}

interface Code extends AuthorizationAsked {
  readonly account: string
  readonly endsAt: number
  used: boolean
}

/** What a person decides on. */
export interface DeviceAsked {
  readonly client: string
  readonly scopes: readonly string[]
}

interface Device extends DeviceAsked {
  readonly userCode: string
  readonly endsAt: number
  decision: 'pending' | 'approved' | 'denied'
  account: string
}

export interface DeviceBegun {
  readonly deviceCode: string
  readonly userCode: string
  /** Seconds. */
  readonly expiresIn: number
}

export interface SignInParts {
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Unguessable, URL-safe. */
  readonly id: () => string
  /** Who sits in front of the browser: whose a grant is. */
  readonly account?: () => string
}

/** RFC 6749 §4.1.2 recommends ten minutes at most; all providers here keep to it. */
const CODE_LIFETIME_MS = 600_000
const DEVICE_LIFETIME_MS = 900_000

export class SignInsUnderWay {
  readonly #parts: SignInParts
  readonly #codes = new Map<string, Code>()
  readonly #devices = new Map<string, Device>()

  constructor(parts: SignInParts) {
    this.#parts = parts
  }

  code(asked: AuthorizationAsked): string {
    const code = this.#parts.id()
    const endsAt = this.#parts.now() + CODE_LIFETIME_MS
    this.#codes.set(code, { ...asked, account: this.#person(), endsAt, used: false })
    return code
  }

  redeem(text: string, client: string, redirectUri: string, verifier: string | undefined): Readonly<Code> {
    const code = this.#codes.get(text)
    if (code === undefined || code.used || code.endsAt <= this.#parts.now())
      throw new Refused('invalid_grant')
    if (code.client !== client || code.redirectUri !== redirectUri) throw new Refused('invalid_grant')
    if (code.challenge !== undefined && code.challenge !== challengeOf(verifier)) {
      throw new Refused('invalid_grant')
    }
    code.used = true
    return code
  }

  beginDevice(client: string, scopes: readonly string[]): DeviceBegun {
    const deviceCode = this.#parts.id()
    const userCode = userCodeFrom(this.#parts.id())
    const endsAt = this.#parts.now() + DEVICE_LIFETIME_MS
    this.#devices.set(deviceCode, { client, scopes, userCode, endsAt, decision: 'pending', account: '' })
    return { deviceCode, userCode, expiresIn: DEVICE_LIFETIME_MS / 1000 }
  }

  /** undefined: no device waits with this code. */
  decideDevice(userCode: string, decision: 'approved' | 'denied'): DeviceAsked | undefined {
    for (const device of this.#devices.values()) {
      if (device.userCode !== userCode || device.decision !== 'pending') continue
      device.decision = decision
      device.account = this.#person()
      return device
    }
    return undefined
  }

  pollDevice(deviceCode: string, client: string): Readonly<Device> {
    const device = this.#devices.get(deviceCode)
    if (device === undefined || device.client !== client) throw new Refused('invalid_grant')
    if (device.endsAt <= this.#parts.now()) throw new Refused('expired_token')
    if (device.decision === 'denied') throw new Refused('access_denied')
    if (device.decision === 'pending') throw new Refused('authorization_pending')
    this.#devices.delete(deviceCode)
    return device
  }

  #person(): string {
    return this.#parts.account?.() ?? ''
  }
}

/** RFC 7636 §4.2, S256. */
const challengeOf = (verifier: string | undefined): string | undefined =>
  verifier === undefined ? undefined : createHash('sha256').update(verifier).digest('base64url')

/** Eight letters in two groups, as people type them (RFC 8628 §6.1). */
function userCodeFrom(id: string): string {
  const letters = createHash('sha256')
    .update(id)
    .digest('hex')
    .replace(/[0-9]/g, (digit) => 'GHJKLMNPQR'.charAt(Number(digit)))
  const code = letters.slice(0, 8).toUpperCase()
  return `${code.slice(0, 4)}-${code.slice(4)}`
}
