/** What is wrong, how fob knows, and the one thing that mends it: what `GET /v1/doctor` and `fob doctor` tell. */
import { z } from 'zod'
import { Instant } from './ids.js'

/** What a finding is about. Programs may branch on it, so a word never changes its meaning. */
export const Matter = z.enum([
  /** The grant is over: expired, revoked, used by somebody else. */
  'grant',
  /** A person declined, or nobody finished. */
  'consent',
  /** Another account or tenant than meant, or one that may not sign in. */
  'account',
  /** The client's id or its proof. */
  'client',
  'redirect',
  'scopes',
  /** The way in: a grant type or flow that is not allowed to this client. */
  'flow',
  /** Rules of an organisation: an approval, a second factor, a device. */
  'policy',
  /** An access token that should work and does not. */
  'accessToken',
  'clock',
  'network',
  'proxy',
  'trust',
  /** Trouble that is the provider's own. */
  'provider',
  'vault',
  'disk',
  'daemon',
  'version',
  /** A trouble that is pretended. */
  'simulation',
  /** fob.json: rules that wait, or something that is not understood. */
  'settings',
  /** A secret in a file that fob could stand in for. */
  'plaintext',
])
export type Matter = z.output<typeof Matter>

/** What keeps a request from its server. */
export type NetworkMatter = Extract<Matter, 'network' | 'proxy' | 'trust' | 'clock'>

/** One thing to do. */
export const Fix = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run'), command: z.string() }),
  /** A page or a file, and what to do there. */
  z.object({ kind: z.literal('open'), place: z.string(), todo: z.string() }),
  /** fob tries again by itself. */
  z.object({ kind: z.literal('wait') }),
])
export type Fix = z.output<typeof Fix>

export const Finding = z.object({
  matter: Matter,
  /** '' for what concerns the whole machine. */
  connection: z.string(),
  /** `person`: nothing works until somebody acts. `wait`: it passes. `note`: worth knowing. */
  urgency: z.enum(['person', 'wait', 'note']),
  /** One sentence without its full stop. */
  what: z.string(),
  /** How fob knows, one fact each. */
  evidence: z.array(z.string()),
  fix: Fix,
})
export type Finding = z.output<typeof Finding>

export const Diagnosis = z.object({
  at: Instant,
  /** What needs a person first. */
  findings: z.array(Finding),
  /** What was looked at, a few words each. */
  checked: z.array(z.string()),
})
export type Diagnosis = z.output<typeof Diagnosis>

const URGENCY = { person: 0, wait: 1, note: 2 } as const

export const byUrgency = (one: Finding, other: Finding): number =>
  URGENCY[one.urgency] - URGENCY[other.urgency]
