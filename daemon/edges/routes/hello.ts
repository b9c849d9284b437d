/** Who answers on this socket. Frozen for ever: clients of every version ask this first. */
import { PROTOCOL_VERSION } from '../../../shared/contract/ids.js'
import { BUILD } from '../../../shared/contract/version.js'
import type { Handlers } from '../handlers.js'
import type { DaemonFacts } from './status.js'

/** What a client may rely on beyond the protocol version. Names are added, never taken away. */
const CAPABILITIES = ['access-token', 'consent', 'device', 'doctor', 'events', 'handover']

export const helloRoutes = (daemon: DaemonFacts): Pick<Handlers, 'hello'> => ({
  hello: () => ({
    product: 'fob',
    version: daemon.version,
    build: BUILD,
    protocol: PROTOCOL_VERSION,
    capabilities: CAPABILITIES,
    pid: daemon.pid,
  }),
})
