/** What a person has to know of a provider before connecting to it. */
import { z } from 'zod'
import { Flow } from './connection.js'
import { ProviderId } from './ids.js'

export const ProviderSummary = z.object({
  id: ProviderId,
  name: z.string(),
  /** What adding a connection must be told, in the words of the command's options. */
  needs: z.array(z.string()),
  /** Whether fob registers a client where none is named, if the server lets programs do that. */
  offersRegistration: z.boolean().default(false),
  /** The flows it has, and whether the client needs a secret in each. */
  flows: z.array(z.object({ flow: Flow, secret: z.enum(['none', 'optional', 'required']) })),
  /** Named sets of scopes. */
  presets: z.record(z.string(), z.array(z.string())),
  /** Where it is, unless a person names an installation of their own; '' where there is no usual one. */
  issuer: z.string(),
  /** Whether organisations run it themselves, so that a person may name another address than the usual one. */
  installable: z.boolean().default(false),
  /** The scopes asked for when a person names none. */
  scopes: z.array(z.string()),
  /** Why `read`, `ci` or `write` is not among the presets; '' where all are. */
  unnamed: z.string(),
  /** Where a client is registered, `{issuer}` standing for where it is; '' where only the server's owner knows. */
  registration: z.string(),
  /** What to register there as its redirect URI. */
  redirectUri: z.string(),
  /** Its access tokens open roles of AWS, and how these are named. */
  roles: z.enum(['inAccount', 'byArn']).optional(),
  /** Its API: where, and which requests change nothing, as `METHOD /path`; absent where only its owner knows. */
  api: z.object({ origins: z.array(z.string()), reads: z.array(z.string()) }).optional(),
  /** The variables its tools read an access token from. */
  variables: z.array(z.string()),
  /** Whether its access tokens open git hosts. */
  git: z.boolean(),
  /** How its tools get what they need, where no variable does it; NAME stands for the connection. */
  toolHint: z.string().default(''),
})
export type ProviderSummary = z.output<typeof ProviderSummary>

/** Where to register a client there, or at an installation of one's own. */
export const registrationAt = ({ registration, issuer }: ProviderSummary, own: string = issuer): string =>
  registration.replace('{issuer}', own.replace(/\/+$/, ''))
