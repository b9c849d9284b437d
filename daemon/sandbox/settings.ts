/**
 * What outlives a restart besides grants: the port (so that the issuer stays), the knobs, the clients. One file,
 * replaced whole. No secret: a client's secret is a digest, its key the public part.
 */
import { link, unlink } from 'node:fs/promises'
import { z } from 'zod'
import { Refusal } from '../../shared/contract/errors.js'
import { SandboxClient, SandboxSettings, type SandboxStatus } from '../../shared/contract/sandbox.js'
import { quoted } from '../../shared/contract/shellWord.js'
import { systemCode } from '../../shared/contract/systemCode.js'
import { replaceFile, textAt } from './durableFile.js'
import { Turns } from './turns.js'

/** Raised when an older program could misread the file. */
const FORMAT = 1

/** Short enough to watch an expiry happen. */
export const USUAL_LIFETIME_S = 60

const knobs = SandboxSettings.shape

const RegisteredClient = z.object({ client: SandboxClient, secretDigest: z.string().nullable() })
export type RegisteredClient = z.output<typeof RegisteredClient>

const Stored = z.object({
  format: z.literal(FORMAT),
  port: z.number().int().min(1).max(65_535),
  /** null: as the personality has it. */
  lifetime: knobs.lifetime.unwrap().nullable(),
  grace: knobs.grace.unwrap(),
  account: knobs.account.unwrap(),
  consent: knobs.consent.unwrap(),
  clients: z.array(RegisteredClient),
})
type Stored = z.output<typeof Stored>

export class Settings {
  readonly #path: string
  readonly #turns = new Turns()
  #stored: Stored

  private constructor(path: string, stored: Stored) {
    this.#path = path
    this.#stored = stored
  }

  /** undefined before the first start. */
  static async read(path: string): Promise<Settings | undefined> {
    const text = await textAt(path)
    if (text === undefined) return undefined
    try {
      return new Settings(path, Stored.parse(JSON.parse(text)))
    } catch (cause) {
      throw new Refusal('misconfigured', `the sandbox cannot read ${path}`, {
        fix: `mv ${quoted(path)} ${quoted(`${path}.damaged`)}`,
        cause,
      })
    }
  }

  /** Keeps the port of a first start. undefined when another process was first: then its choice counts. */
  static async create(path: string, port: number, lifetime: number | null): Promise<Settings | undefined> {
    const stored: Stored = {
      format: FORMAT,
      port,
      lifetime,
      grace: 0,
      account: 'you@sandbox',
      consent: 'approve',
      clients: [],
    }
    const draft = `${path}.${process.pid}`
    await replaceFile(draft, JSON.stringify(stored))
    try {
      await link(draft, path)
      return new Settings(path, stored)
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return undefined
      throw error
    } finally {
      await unlink(draft)
    }
  }

  get port(): number {
    return this.#stored.port
  }
  get lifetime(): number | null {
    return this.#stored.lifetime
  }
  get grace(): number {
    return this.#stored.grace
  }
  get account(): string {
    return this.#stored.account
  }
  get consent(): SandboxStatus['consent'] {
    return this.#stored.consent
  }
  get clients(): readonly RegisteredClient[] {
    return this.#stored.clients
  }

  /** Durable before it takes effect. */
  change(wanted: SandboxSettings): Promise<void> {
    return this.#keep((stored) => ({
      ...stored,
      lifetime: wanted.lifetime ?? stored.lifetime,
      grace: wanted.grace ?? stored.grace,
      account: wanted.account ?? stored.account,
      consent: wanted.consent ?? stored.consent,
    }))
  }

  /** Adds the client, or replaces the one of that id. */
  register(registered: RegisteredClient): Promise<void> {
    const isOther = ({ client }: RegisteredClient) => client.clientId !== registered.client.clientId
    return this.#keep((stored) => ({ ...stored, clients: [...stored.clients.filter(isOther), registered] }))
  }

  #keep(change: (stored: Stored) => Stored): Promise<void> {
    return this.#turns.run('write', async () => {
      const stored = change(this.#stored)
      await replaceFile(this.#path, JSON.stringify(stored))
      this.#stored = stored
    })
  }
}
