/** `fob.json`: what a person may set by hand. No secret has a place in it. */
import { z } from 'zod'

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

export const Logs = z.strictObject({
  level: z
    .enum(['error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('How much the log says'),
})

export const Config = z.strictObject({
  $schema: z.string().optional(),
  network: Network.prefault({}),
  logs: Logs.prefault({}),
})
export type Config = z.output<typeof Config>
