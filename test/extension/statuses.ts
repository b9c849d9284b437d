/** Connections and statuses as the daemon tells of them, for what only looks at them. */
import { ConnectionStatus, type Status } from '../../shared/contract/connection.js'

/** The moment all of these are seen at, in epoch milliseconds. */
export const NOW = Date.parse('2026-03-01T12:00:00.000Z')

export const inMs = (ms: number): string => new Date(NOW + ms).toISOString()

/** What differs from a fresh connection `work` of Ann's. */
export const connection = (differs: Record<string, unknown> = {}): ConnectionStatus =>
  ConnectionStatus.parse({
    name: 'work',
    provider: 'oidc',
    state: 'active',
    reason: '',
    fix: '',
    account: { id: '1', label: 'ann@example.com' },
    scopes: ['openid', 'email'],
    scopesAsked: ['openid', 'email'],
    flow: 'code',
    issuer: 'https://id.example.com',
    expiresAt: inMs(43 * 60_000),
    retryAt: null,
    lastRefreshAt: inMs(-5 * 60_000),
    generation: 2,
    signInBy: ['code', 'device'],
    offline: false,
    leases: 1,
    ...differs,
  })

export const statusOf = (
  connections: readonly ConnectionStatus[],
  vault: Status['vault']['state'] = 'open',
): Status => ({
  daemon: { pid: 1, socket: '/run/user/1/fob/fob.sock', version: '0.1.0', startedAt: inMs(-60_000) },
  vault: { state: vault, keySource: 'keychain', reason: '', fix: vault === 'open' ? '' : 'fob vault unlock' },
  connections: [...connections],
  quarantined: [],
})
