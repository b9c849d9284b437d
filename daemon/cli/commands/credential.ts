/** `fob credential`: the helpers that tools call. Git's is taken by the launcher before this is loaded. */
import { awsProfile, credentialProcess } from '../../delivery/aws.js'
import { gitHelper, ownStreams } from '../gitHelper.js'
import type { Command, Given } from '../command.js'
import { credentialKubernetes } from './credentialKubernetes.js'

const git: Command = {
  name: 'git',
  summary: "git's credential helper: reads key=value lines, answers with the access token",
  arguments: [
    { name: 'operation', meaning: 'what git asks for', offers: ['get', 'store', 'erase', 'capability'] },
  ],
  examples: [
    "git config --global credential.https://git.example.com.helper ''",
    "git config --global --add credential.https://git.example.com.helper '!fob credential git'",
  ],
  more:
    'Hosts of providers are known, others are named by `delivery.git` in fob.json; for the rest nothing is\n' +
    'answered. Two accounts on one host: name the connection as the user in the URL, or a path in fob.json.\n' +
    "`erase` reports the access token as refused; `store` does nothing. The editor's terminals\n" +
    'have this set up already.',
  run: (given, { env }) => gitHelper(given.argument(0), env, ownStreams),
}

const roleOf = (given: Given): { account?: string; role?: string; policy?: string } => {
  const [account, role, policy] = [given.text('account'), given.text('role'), given.text('policy')]
  return {
    ...(account === undefined ? {} : { account }),
    ...(role === undefined ? {} : { role }),
    ...(policy === undefined ? {} : { policy }),
  }
}

const aws: Command = {
  name: 'aws',
  summary: "AWS's credential_process: prints credentials of a role as JSON",
  arguments: [
    { name: 'connection', meaning: 'otherwise the one called aws', offers: 'connections', optional: true },
  ],
  options: [
    { flags: '--account <id>', meaning: 'the twelve digits of the account, if not those it was added with' },
    { flags: '--role <name>', meaning: 'the role, or permission set, likewise' },
    {
      flags: '--policy <arn>',
      meaning: 'of a role by web identity: a managed policy beyond which the credentials may do nothing',
    },
  ],
  examples: ['fob credential aws', 'fob credential aws work --account 111122223333 --role ReadOnlyAccess'],
  more: [
    'The AWS command and SDKs run it by themselves when ~/.aws/config says so:',
    '',
    ...awsProfile('work', ['--role ReadOnlyAccess'], 'eu-central-1').map((line) => `  ${line}`),
    '',
    'They ask again before the credentials end, and fob gets new ones. One sign-in serves all your accounts',
    'and roles: write one profile for each. A tool that does not find fob on its PATH wants the whole path.',
    'A role may also trust your own OpenID Connect server: `fob add oidc … --role arn:aws:iam::…`; with',
    '--policy arn:aws:iam::aws:policy/ReadOnlyAccess its credentials only read.',
  ].join('\n'),
  run: async (given, { startedClient, output }) => {
    const client = await startedClient()
    const credentials = await client.call('awsCredentials', {
      params: { c: given.argument(0) || 'aws' },
      query: roleOf(given),
    })
    output.line(credentialProcess(credentials))
  },
}

export const credential: Command = {
  name: 'credential',
  summary: 'credential helpers for tools',
  commands: [git, aws, credentialKubernetes],
}
