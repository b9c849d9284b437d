/**
 * The part of oidc-provider the sandbox uses; the package ships no types. Kept as small as the use of it, so that
 * a new dependence on the library shows here.
 */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  /** What the library stores for a model: plain JSON. */
  export type Payload = Record<string, unknown>

  export interface Adapter {
    upsert(id: string, payload: Payload, expiresIn?: number): Promise<void>
    find(id: string): Promise<Payload | undefined>
    findByUserCode(userCode: string): Promise<Payload | undefined>
    findByUid(uid: string): Promise<Payload | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export interface Account {
    readonly accountId: string
    claims(): Payload
  }

  export interface Grant {
    readonly jti: string
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }

  export interface DeviceCode {
    readonly clientId: string
    readonly isExpired: boolean
    readonly params: Payload
    accountId?: string
    authTime?: number
    error?: string
    errorDescription?: string
    grantId?: string
    scope?: string
    save(): Promise<string>
  }

  export interface Client {
    readonly clientId: string
    readonly clientSecret?: string
  }

  export interface OidcContext {
    readonly client: Client
    readonly params: { readonly scope?: string }
  }

  /** A request and its answer on their way through the library (a Koa context). */
  export interface Exchange {
    readonly req: IncomingMessage & { body?: unknown }
    readonly res: ServerResponse
    readonly method: string
    readonly path: string
    readonly oidc: OidcContext
    status: number
    body: unknown
    type: string
    /** false: the library leaves the answer to whoever set it. */
    respond: boolean
    get(header: string): string
    set(header: string, value: string): void
  }

  export interface Prompt {
    readonly checks: { clear(): void; add(check: Check): void }
  }

  /** A reason to send the person a page. */
  export interface Check {
    readonly reason: string
  }

  export const interactionPolicy: {
    readonly Prompt: new (options: { name: string; requestable: boolean }) => Prompt
    readonly Check: new (reason: string, description: string, error: string, fails: () => boolean) => Check
  }

  export const errors: {
    readonly AccessDenied: new (description: string) => Error
    readonly OIDCProviderError: new (
      status: number,
      message: string,
    ) => Error & {
      error_description?: string
    }
  }

  export class Provider {
    constructor(issuer: string, configuration: Payload)
    readonly Grant: new (of: { accountId: string; clientId: string }) => Grant
    readonly DeviceCode: { findByUserCode(userCode: string): Promise<DeviceCode | undefined> }
    readonly Client: {
      new (metadata: Payload): Client
      readonly prototype: { compareClientSecret(this: Client, actual: string): boolean }
    }
    use(middleware: (exchange: Exchange, next: () => Promise<void>) => Promise<void>): this
    callback(): (request: IncomingMessage, response: ServerResponse) => void
    cookieName(type: 'session'): string
    on(event: 'server_error', listener: (exchange: Exchange, error: Error) => void): this
    on(event: 'error', listener: (error: Error) => void): this
  }
}
