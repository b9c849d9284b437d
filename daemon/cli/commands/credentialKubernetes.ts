/** `fob credential kubernetes`: what kubectl runs for its credential, and the kubeconfig that tells it to. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { z } from 'zod'
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import type { Environment } from '../../../shared/contract/places.js'
import { EXEC_VERSIONS, execCredential, kubeconfigUser, type ExecVersion } from '../../delivery/kubernetes.js'
import { CONNECTION, UsageFault, type Command, type Context } from '../command.js'

/** What `fob add kubernetes` calls a connection. */
const USUAL_NAME = 'kubernetes'

/** Longer than the margin at the end of an answer: whoever asks again then gets another. */
const MIN_VALIDITY_S = '30'

/** Of the question only the version matters: the cluster is the kubeconfig's, and nobody is asked anything. */
const ExecInfo = z.object({ apiVersion: z.string(), kind: z.literal('ExecCredential') })

/** A person's own call comes without a question. */
function versionAsked({ KUBERNETES_EXEC_INFO: text = '' }: Environment): ExecVersion {
  if (text === '') return EXEC_VERSIONS[0]
  const info = ExecInfo.safeParse(parsedJson(text))
  const fix = `fob credential kubernetes --kubeconfig`
  if (!info.success) throw new UsageFault('KUBERNETES_EXEC_INFO holds no ExecCredential', fix)
  const version = EXEC_VERSIONS.find((one) => one === info.data.apiVersion)
  if (version !== undefined) return version
  throw new UsageFault(`the apiVersion in your kubeconfig must be ${EXEC_VERSIONS.join(' or ')}`, fix)
}

/** By its name where that is found, else by this installation's own path. */
function commandName(env: Environment, { daemon }: Context['programs']): string {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'))
  return folders.some((folder) => isProgram(join(folder, 'fob')))
    ? 'fob'
    : join(daemon.script, '../../fob.js')
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const credentialKubernetes: Command = {
  name: 'kubernetes',
  summary: "kubectl's credential plugin: answers with what the cluster takes as Bearer",
  arguments: [{ ...CONNECTION, optional: true, meaning: `the connection; ${USUAL_NAME} when left out` }],
  options: [{ flags: '--kubeconfig', meaning: 'print the kubeconfig with the user entry instead' }],
  examples: [
    'fob credential kubernetes staging --kubeconfig > ~/.kube/fob.yaml',
    'export KUBECONFIG=~/.kube/config:~/.kube/fob.yaml',
    'kubectl config set-context --current --user=staging',
  ],
  more:
    'kubectl runs it by this user entry, asks again when the credential expires, and stores nothing:\n\n' +
    kubeconfigUser(USUAL_NAME, 'fob').trimEnd().replace(/^/gm, '  ') +
    '\n\nA connection of `fob add kubernetes` gives its id token, every other its access token.\n' +
    'kubectl before 1.22 wants v1beta1 for v1. It opens no browser: when a person is needed it says so.',
  run: async (given, { env, programs, startedClient, output }) => {
    const name = given.argument(0) || USUAL_NAME
    if (given.flag('kubeconfig')) {
      output.line(kubeconfigUser(name, commandName(env, programs)).trimEnd())
      return
    }
    const version = versionAsked(env)
    const client = await startedClient()
    const query = { min_validity: MIN_VALIDITY_S }
    const lease = await client.call('accessToken', { params: { c: name }, query })
    output.line(execCredential(lease, version, Date.now()))
  },
}
