/** The record of who did what, latest last. */
import type { Recorder } from '../../core/audit.js'
import type { Handlers } from '../handlers.js'

export const auditRoutes = (recorder: Recorder): Pick<Handlers, 'audit'> => ({
  audit: ({ query }) => ({ entries: recorder.read(query.limit, query.connection) }),
})
