/** What the tests use of oauth2-mock-server; told here, so that the sources compile before it is installed. */
declare module 'oauth2-mock-server' {
  import type { EventEmitter } from 'node:events'

  export interface TokenResponse {
    body: Record<string, unknown>
    statusCode: number
  }

  export interface SignedToken {
    readonly header: Record<string, unknown>
    readonly payload: Record<string, unknown>
  }

  export class OAuth2Server {
    readonly issuer: {
      url: string | undefined
      readonly keys: { generate(algorithm: 'RS256'): Promise<unknown> }
    }
    /** Tells of each answer before it leaves; listeners may change it. */
    readonly service: EventEmitter
    start(port: number, host: string): Promise<void>
    stop(): Promise<void>
  }
}
