/** `fob.json`: what a person may set by hand. No secret has a place in it. */
import { z } from 'zod'
import { AskedAction } from './approvals.js'
import { isHost, isLoopback } from './gitHost.js'
import { ConnectionName } from './ids.js'
import { variableFault } from './variables.js'

export const Network = z.strictObject({
  /** A proxy for every request to a provider: `http://host:port`. Only from here, never from the environment. */
  proxy: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('HTTP proxy for requests to providers, such as "http://proxy.example:3128"'),
  /** Host names that are reached directly; a leading dot takes sub-domains in. */
  noProxy: z.array(z.string().min(1)).default([]).describe('Hosts reached without the proxy'),
  /** Absolute path of a PEM file trusted beside the system's authorities. */
  ca: z
    .string()
    .startsWith('/', 'use an absolute path')
    .optional()
    .describe('Absolute path of a PEM file with certificate authorities to trust as well'),
})
export type Network = z.output<typeof Network>

const Logs = z.strictObject({
  level: z
    .enum(['error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('How much the log says'),
})

/** The connection of the sandbox: whatever it signs is worth nothing elsewhere, and must not be sent there. */
const SANDBOX = 'sandbox'

const GitHost = z
  .strictObject({
    host: z
      .string()
      .refine(
        isHost,
        'use a host such as "git.example.com" or "127.0.0.1:8080": lower case, no path, no user',
      )
      .describe('Host, with its port when it is not the usual one; http only on loopback'),
    path: z
      .string()
      .max(1024)
      .regex(
        /^[^/\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^/\x00-\x1f\x7f])?$/,
        'use the beginning of a path such as "acme" or "acme/tools", without slashes around it',
      )
      .optional()
      .describe('What the paths begin with that it is for, such as "acme"; all when left out'),
    connection: ConnectionName.describe('The connection whose access token git gets for this host'),
    username: z
      .string()
      .regex(/^[\x21-\x7e]{1,256}$/, 'use printable ASCII without spaces')
      // What GitLab asks for, and those who do not look at it take it as well.
      .default('oauth2')
      .describe('User name to send beside the access token'),
  })
  .refine(({ host, connection }) => connection !== SANDBOX || isLoopback(host), {
    path: ['host'],
    message: 'the sandbox serves this machine only: use a loopback host such as "127.0.0.1:8080"',
  })

export const Delivery = z.strictObject({
  git: z
    .array(GitHost)
    .default([])
    .refine(
      (all) => new Set(all.map(({ host, path = '' }) => `${host}/${path.toLowerCase()}`)).size === all.length,
      'name each host once, or once for each path',
    )
    .describe('Which connection serves which git host'),
  env: z
    .record(z.string(), ConnectionName)
    .default({})
    .superRefine((variables, context) => {
      for (const name of Object.keys(variables)) {
        const message = variableFault(name)
        if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message })
      }
    })
    .describe('Variables for terminals, such as {"WORK_TOKEN": "work"}'),
})
export type Delivery = z.output<typeof Delivery>

/** As long as anything that fob keeps of an account. */
const Told = z
  .string()
  .min(1, 'use what `fob status` shows, not an empty text')
  .max(200, 'no name is longer than 200 characters')

const Accounts = z
  .array(Told, 'use a list of ids or names, such as ["ada@example.com"]')
  .min(1, 'name at least one account, or leave this out')

const Claims = z
  .record(
    z.string().regex(/^[\x21-\x7e]{1,200}$/),
    z
      .array(Told, 'use a list of groups or roles, such as ["admins"]')
      .min(1, 'name at least one group or role, or leave this out'),
    {
      error: ({ code }) =>
        code === 'invalid_key'
          ? 'use the name of a claim, as `fob status --claims` shows it'
          : 'use an object such as {"groups": ["admins"]}',
    },
  )
  .refine((claims) => Object.keys(claims).length > 0, 'name at least one claim, or leave this out')

/** A rule takes away and never gives, so that none can be a hole in another. */
const Rule = z.strictObject({
  decide: z.enum(['ask', 'deny'], 'use "ask" or "deny"').describe('Ask you each time, or refuse'),
  connection: ConnectionName.optional().describe('The connection concerned; all when left out'),
  accounts: Accounts.optional().describe(
    'Accounts concerned, by their id or name as fob status shows them; all when left out',
  ),
  claims: Claims.optional().describe(
    'Groups or roles of the accounts concerned, such as {"groups": ["admins"]}: one of each claim named',
  ),
  actions: z
    .array(AskedAction)
    .min(1)
    .default(['lease'])
    .describe('lease: an access token; refresh: a new one before its time'),
  programs: z
    .array(z.string().startsWith('/', 'use an absolute path').max(4096))
    .min(1)
    .optional()
    .describe('Programs concerned, by their absolute path; all when left out'),
})

/** More rules than anybody can keep in mind. */
const MOST_RULES = 64

export const Policy = z.array(Rule).max(MOST_RULES, `at most ${MOST_RULES} rules`)
export type Policy = z.output<typeof Policy>

export const Config = z.strictObject({
  $schema: z.string().optional(),
  network: Network.prefault({}),
  logs: Logs.prefault({}),
  delivery: Delivery.prefault({}),
  policy: Policy.default([]).describe(
    'When to ask you before a program gets something; the strictest rule counts',
  ),
})
export type Config = z.output<typeof Config>
