/**
 * What kubectl and other clients of Kubernetes take from a credential plugin, and the entry of a kubeconfig that
 * names the plugin. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
import type { Lease } from '../../shared/contract/lease.js'

/** The answer has the version of the question; kubectl before 1.22 knows the second alone. */
export const EXEC_VERSIONS = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
] as const
export type ExecVersion = (typeof EXEC_VERSIONS)[number]

/** A request that leaves in the last moment would arrive too late: clients ask again before, not after. */
const MARGIN_MS = 10_000

/** One line of JSON. `now` is in epoch milliseconds. */
export function execCredential(
  { accessToken, expiresAt }: Lease,
  apiVersion: ExecVersion,
  now: number,
): string {
  const status =
    expiresAt === null
      ? { token: accessToken }
      : { token: accessToken, expirationTimestamp: askAgainAt(Date.parse(expiresAt), now) }
  return JSON.stringify({ apiVersion, kind: 'ExecCredential', status })
}

/** RFC 3339, in whole seconds. Of lives too short for the margin, half. */
function askAgainAt(expiresAt: number, now: number): string {
  const margin = Math.min(MARGIN_MS, Math.max(0, expiresAt - now) / 2)
  return new Date(expiresAt - margin).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

/**
 * A kubeconfig of its own, to be merged or to stand beside others in KUBECONFIG. Texts are quoted as JSON, which
 * is YAML. The plugin asks nobody anything, so that it may have no terminal.
 */
export const kubeconfigUser = (connection: string, command: string): string => `apiVersion: v1
kind: Config
users:
- name: ${JSON.stringify(connection)}
  user:
    exec:
      apiVersion: ${EXEC_VERSIONS[0]}
      command: ${JSON.stringify(command)}
      args: ["credential", "kubernetes", ${JSON.stringify(connection)}]
      interactiveMode: Never
      installHint: ${JSON.stringify(`fob keeps this credential; sign in with: fob sign-in ${connection}`)}
`
