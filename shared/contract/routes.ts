/**
 * THE route table: every call of the socket, what it takes and what it answers. The server builds its
 * handlers from it (a missing handler does not compile) and the client its calls, so both sides agree.
 */
import { z } from 'zod'
import { AuditEntry } from './audit.js'
import { ConnectionState, ConnectionStatus, KeySource, Status, VaultStatus } from './connection.js'
import { connectionRoutes } from './connectionRoutes.js'
import { Diagnosis } from './doctor.js'
import { ConnectionName } from './ids.js'
import { ProviderSummary } from './provider.js'
import { nothing, type Route } from './route.js'
import { ruleRoutes } from './ruleRoutes.js'
import { SimulateRequest } from './simulation.js'
import { terminalRoutes } from './terminalRoutes.js'

export const routes = {
  /** Frozen for ever: any client of any version may ask any daemon of any version. */
  hello: {
    method: 'GET',
    path: '/v1/hello',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({
      product: z.literal('fob'),
      version: z.string(),
      /** Which build of that version. */
      build: z.string().optional(),
      protocol: z.number().int(),
      capabilities: z.array(z.string()),
      pid: z.number().int(),
    }),
  },
  status: {
    method: 'GET',
    path: '/v1/status',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: Status,
  },
  providers: {
    method: 'GET',
    path: '/v1/providers',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({
      providers: z.array(ProviderSummary),
    }),
  },
  ...connectionRoutes,
  ...terminalRoutes,
  ...ruleRoutes,
  audit: {
    method: 'GET',
    path: '/v1/audit',
    action: 'read',
    params: nothing,
    query: z.strictObject({
      limit: z
        .string()
        .regex(/^\d{1,6}$/, 'use a whole number')
        .transform(Number)
        .default(100),
      connection: ConnectionName.optional(),
    }),
    body: nothing,
    answer: z.object({ entries: z.array(AuditEntry) }),
  },
  /** Can each connection give a valid access token now? */
  health: {
    method: 'GET',
    path: '/v1/health',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({
      healthy: z.boolean(),
      connections: z.array(z.object({ name: ConnectionName, state: ConnectionState, servable: z.boolean() })),
    }),
  },
  /** Pretends a trouble of one connection for a while, or ends that. Nothing is sent to the provider. */
  simulate: {
    method: 'POST',
    path: '/v1/simulate',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: SimulateRequest,
    answer: ConnectionStatus,
  },
  /** What is wrong, and what mends it; of one connection or of everything. */
  doctor: {
    method: 'GET',
    path: '/v1/doctor',
    action: 'read',
    params: nothing,
    query: z.strictObject({ connection: ConnectionName.optional() }),
    body: nothing,
    answer: Diagnosis,
  },
  vault: {
    method: 'POST',
    path: '/v1/vault',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: z.discriminatedUnion('action', [
      z.strictObject({ action: z.literal('move'), to: KeySource }),
      z.strictObject({ action: z.literal('unlock') }),
    ]),
    answer: VaultStatus,
  },
  /** Ends the daemon, or hands socket and lock over to another installed version. */
  shutdown: {
    method: 'POST',
    path: '/v1/shutdown',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: z.strictObject({
      successor: z
        .strictObject({ node: z.string().startsWith('/'), program: z.string().startsWith('/') })
        .optional(),
    }),
    answer: z.object({ stopping: z.literal(true), pid: z.number().int() }),
  },
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes
export type Params<N extends RouteName> = z.output<Routes[N]['params']>
export type Query<N extends RouteName> = z.output<Routes[N]['query']>
export type Body<N extends RouteName> = z.output<Routes[N]['body']>
export type Answer<N extends RouteName> = z.output<Routes[N]['answer']>

/** Prometheus text, so not a JSON route. */
export const METRICS_PATH = '/metrics'
/** The WebSocket's path. */
export const EVENTS_PATH = '/v1/events'
