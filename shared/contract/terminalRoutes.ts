/** The calls of what sits in a terminal: git, the prompt, and the editor that opened it. */
import { z } from 'zod'
import { Environment, VariableList } from './environment.js'
import { ConnectionName } from './ids.js'
import { nothing, type Route } from './route.js'

/** An absolute path, or '' for none. Shown to a person, so nothing that moves a cursor is in it. */
const FolderPath = z
  .string()
  .max(4096)
  .regex(/^(\/[^\p{Cc}\p{Zl}\p{Zp}\p{Cf}]*)?$/u, 'use an absolute path without control characters')

export const terminalRoutes = {
  /** Which connection serves a git host; null for hosts that are none of fob's business, and for several. */
  gitHost: {
    method: 'GET',
    path: '/v1/git/host',
    action: 'read',
    params: nothing,
    query: z.strictObject({
      protocol: z.string().max(64),
      host: z.string().max(1024),
      username: z.string().max(1024).default(''),
      path: z.string().max(4096).default(''),
    }),
    body: nothing,
    answer: z.object({
      connection: ConnectionName.nullable(),
      username: z.string(),
      /** What to name for its access token; '' where it has but one. */
      scope: z.string(),
      /** All that could serve the host. */
      among: z.array(ConnectionName),
      /** What git has to tell so that one of several is chosen; null when it is, or none can be. */
      say: z.enum(['user', 'path']).nullable(),
    }),
  },
  /** The variables of a terminal: those of the settings, and those the terminal was approved for. */
  env: {
    method: 'GET',
    path: '/v1/env',
    action: 'lease',
    params: nothing,
    query: z.strictObject({ variables: VariableList.default({}) }),
    body: nothing,
    answer: Environment,
  },
  /** Which folder a terminal was opened in, so that a question can say where its caller sits. */
  registerTerminal: {
    method: 'POST',
    path: '/v1/terminals',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: z.strictObject({
      /** Its shell: a living process of this user. Forgotten when it ends. */
      pid: z.number().int().positive().max(4_194_304, 'no system has a process of this number'),
      folder: FolderPath,
    }),
    answer: z.object({ pid: z.number().int(), session: z.number().int() }),
  },
} as const satisfies Record<string, Route>
