/** `fob token`: the access token and a newline, nothing else. The quick way there is in fast.ts. */
import { CONNECTION, type Command } from '../command.js'

export const token: Command = {
  name: 'token',
  summary: 'print a valid access token',
  arguments: [CONNECTION],
  options: [
    { flags: '--min-validity <seconds>', meaning: 'refresh first if it expires sooner than this' },
    { flags: '--scopes <scopes>', meaning: 'for these alone, separated by spaces, where the provider can' },
    { flags: '--resource <url>', meaning: 'for another resource of the same grant, where there are several' },
    { flags: '--json', meaning: 'print the whole answer, with expiry and lease' },
  ],
  examples: [
    'curl -H "Authorization: Bearer $(fob token work)" https://api.example.com/me',
    'fob token work --min-validity 300   # for a job of five minutes',
    'fob token azure --resource https://management.azure.com',
    'fob token github-app --scopes "octo-org/website contents:read"',
  ],
  run: async (given, { startedClient, output }) => {
    const minValidity = given.text('minValidity')
    const scopes = given.text('scopes')
    const resource = given.text('resource')
    const client = await startedClient()
    const lease = await output.progress('getting a fresh access token', () =>
      client.call('accessToken', {
        params: { c: given.argument(0) },
        query: {
          ...(minValidity === undefined ? {} : { min_validity: minValidity }),
          ...(scopes === undefined ? {} : { scopes }),
          ...(resource === undefined ? {} : { resource }),
        },
      }),
    )
    if (given.flag('json')) output.json(lease)
    else output.line(lease.accessToken)
  },
}
