/** What the command sees and the daemon cannot: the daemon itself, the installation, and this person's files. */
import type { Client } from '../../shared/client/client.js'
import type { DaemonUnreachable } from '../../shared/client/unreachable.js'
import type { Status } from '../../shared/contract/connection.js'
import type { Finding, Fix } from '../../shared/contract/doctor.js'
import { PROTOCOL_VERSION } from '../../shared/contract/ids.js'
import type { Environment } from '../../shared/contract/places.js'
import type { ProviderSummary } from '../../shared/contract/provider.js'
import type { Answer } from '../../shared/contract/routes.js'
import { BUILD, VERSION } from '../../shared/contract/version.js'
import type { PlaintextSecret } from './plaintext.js'

const run = (command: string): Fix => ({ kind: 'run', command })

const machine = (finding: Omit<Finding, 'connection'>): Finding => ({ connection: '', ...finding })

export function unreachableFinding(error: DaemonUnreachable): Finding {
  return machine({
    matter: 'daemon',
    urgency: 'person',
    what: 'the daemon cannot be reached, so nothing else can be looked at',
    evidence: [error.message],
    fix: run(error.fix === '' ? 'fob up' : error.fix),
  })
}

/** Two installations side by side: the command of one, the daemon of another. */
export function versionFindings(hello: Answer<'hello'>, status: Status | undefined): Finding[] {
  const found: Finding[] = []
  const own = `this command is ${VERSION}, build ${BUILD}`
  if (hello.version !== VERSION || hello.build !== BUILD || hello.protocol !== PROTOCOL_VERSION) {
    found.push(
      machine({
        matter: 'version',
        urgency: hello.protocol === PROTOCOL_VERSION ? 'note' : 'person',
        what: 'the daemon is of another version or build than this command',
        evidence: [
          own,
          `the daemon is ${hello.version}, build ${hello.build ?? 'unknown'} (pid ${hello.pid})`,
        ],
        fix: run('fob up'),
      }),
    )
  }
  const failed = status?.daemon.handOverFailed
  if (failed !== undefined) {
    found.push(
      machine({
        matter: 'version',
        urgency: 'note',
        what: 'another version was to take over and could not, so the one before goes on',
        evidence: [`at ${failed.at}: ${failed.message}`],
        fix: run(failed.fix),
      }),
    )
  }
  return found
}

/** A daemon from before there was a doctor. */
export const olderDaemon = (hello: Answer<'hello'>): Finding =>
  machine({
    matter: 'version',
    urgency: 'person',
    what: 'the daemon is older than this command and cannot be asked what is wrong',
    evidence: [`this command is ${VERSION}`, `the daemon is ${hello.version} (pid ${hello.pid})`],
    fix: run('fob up'),
  })

const PROXY_VARIABLES: readonly string[] = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
]

/** People set a proxy where all other programs look for it. */
export function proxyFinding(findings: readonly Finding[], env: Environment): Finding[] {
  const set = PROXY_VARIABLES.filter((name) => env[name])
  const lost = findings.some(({ matter }) => matter === 'network' || matter === 'proxy')
  if (set.length === 0 || !lost) return []
  return [
    machine({
      matter: 'proxy',
      urgency: 'note',
      what: 'this shell has a proxy in its environment, which fob does not look at',
      evidence: [`set here: ${set.join(', ')}`],
      fix: {
        kind: 'open',
        place: '`network.proxy` in fob.json',
        todo: 'name the proxy there, then `fob down && fob up`',
      },
    }),
  ]
}

/** What stands in for a secret in a file: a connection, or one that could be added. */
export async function plaintextFindings(
  secrets: readonly PlaintextSecret[],
  client: Client | undefined,
  status: Status | undefined,
  shown: (path: string) => string,
): Promise<Finding[]> {
  const providers = client === undefined ? [] : await providersOf(client)
  return Promise.all(
    secrets.map(async (secret) => {
      const { file, line, kind, name } = secret
      const place = `${shown(file)}:${line}`
      return machine({
        matter: 'plaintext',
        urgency: 'note',
        what:
          kind === 'env'
            ? `the variable ${name} holds a secret in a file`
            : `a secret for ${name} lies in a file`,
        evidence: [`${place} (${kind})`],
        fix: { kind: 'open', place, todo: await insteadOf(secret, { client, status, providers }) },
      })
    }),
  )
}

const providersOf = (client: Client): Promise<readonly ProviderSummary[]> =>
  client.call('providers', {}).then(
    ({ providers }) => providers,
    () => [],
  )

interface Known {
  readonly client: Client | undefined
  readonly status: Status | undefined
  readonly providers: readonly ProviderSummary[]
}

const TAKE_OUT = 'take it out and revoke it at its provider'

function insteadOf({ kind, name }: PlaintextSecret, known: Known): string | Promise<string> {
  if (kind === 'git-credentials' || kind === 'netrc') return forHost(name, known)
  if (kind === 'npmrc') return `${TAKE_OUT}; write \${NPM_TOKEN} in its place, and start npm by \`fob run\``
  const provider = known.providers.find(({ variables }) => variables.includes(name))
  const connection = known.status?.connections.find((one) => one.provider === provider?.id)
  if (connection !== undefined) {
    return `${TAKE_OUT}; start what reads it by \`fob run --connection ${connection.name}=${name} -- COMMAND\``
  }
  if (provider !== undefined) return `\`fob add ${provider.id}\`, then ${TAKE_OUT}`
  return `${TAKE_OUT}, where a connection of fob can stand in for it`
}

async function forHost(host: string, { client }: Known): Promise<string> {
  const answer = await client?.call('gitHost', { query: { protocol: 'https', host } }).catch(() => undefined)
  const { connection = null, among = [] } = answer ?? {}
  if (connection === null && among.length > 1)
    return `${TAKE_OUT}: \`fob credential git\` serves ${host} once git's user name is one of ${among.join(', ')}`
  if (connection === null)
    return `name a connection for ${host} in \`delivery.git\` of fob.json, then ${TAKE_OUT}`
  return `${TAKE_OUT}: \`fob credential git\` serves ${host} by ${connection}`
}
