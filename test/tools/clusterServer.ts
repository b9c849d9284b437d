/**
 * A Kubernetes API server as far as kubectl needs one: TLS, discovery, one list of pods. It trusts one issuer and
 * one audience, and checks each Bearer as a cluster does: signature by the issuer's keys, issuer, audience, end.
 */
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { authorityCertificate, serverCertificate, serverKey } from '../adapters/oauth/certificates.js'
import { closed, listening, portOf } from '../loopback.js'

const RESOURCES: Readonly<Record<string, object>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: 'v1',
    resources: [{ name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] }],
  },
  '/api/v1/namespaces/default/pods': {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: {},
    items: [{ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'from-the-cluster', namespace: 'default' } }],
  },
}

const UNAUTHORIZED = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'Unauthorized',
  code: 401,
}

export class ClusterServer {
  /** Subjects of the requests it let in, and 'refused' for those it did not. */
  readonly seen: string[] = []
  /** Id tokens that came, each once. */
  readonly brought = new Set<string>()
  readonly #server: Server
  readonly #keys: ReturnType<typeof createRemoteJWKSet>
  readonly #expected: { readonly issuer: string; readonly audience: string }

  private constructor(issuer: string, audience: string) {
    this.#keys = createRemoteJWKSet(new URL('jwks', issuer.endsWith('/') ? issuer : `${issuer}/`))
    this.#expected = { issuer, audience }
    this.#server = createServer({ cert: serverCertificate, key: serverKey }, (request, response) => {
      void this.#answer(request, response)
    })
  }

  static async listen(issuer: string, audience: string): Promise<ClusterServer> {
    const cluster = new ClusterServer(issuer, audience)
    await listening(cluster.#server)
    return cluster
  }

  close(): Promise<void> {
    return closed(this.#server)
  }

  /** The part of a kubeconfig that is the cluster's own; its user is somebody else's. */
  kubeconfig(user: string): string {
    const ca = Buffer.from(authorityCertificate).toString('base64')
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'test',
          cluster: { server: `https://127.0.0.1:${portOf(this.#server)}`, 'certificate-authority-data': ca },
        },
      ],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      'current-context': 'test',
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const subject = await this.#subjectOf(request)
    this.seen.push(subject ?? 'refused')
    const found = RESOURCES[(request.url ?? '').split('?')[0] ?? '']
    const [status, body] =
      subject === undefined ? [401, UNAUTHORIZED] : found === undefined ? [404, NOT_FOUND] : [200, found]
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  async #subjectOf({ headers }: IncomingMessage): Promise<string | undefined> {
    const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? []
    if (token === undefined) return undefined
    this.brought.add(token)
    try {
      return (await jwtVerify(token, this.#keys, this.#expected)).payload.sub
    } catch {
      return undefined
    }
  }
}

const NOT_FOUND = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }
