/** The providers that can be connected, and what each must be told. */
import { Flow } from '../../../shared/contract/connection.js'
import type { ProviderSummary } from '../../../shared/contract/provider.js'
import { registeredUri } from '../../core/wayBack.js'
import { baseOf } from '../../core/newConnection.js'
import type { ApiRule, Base, ClientRule, ProviderProfile, ServerRule } from '../../providers/profile.js'
import type { Handlers } from '../handlers.js'

export const providerRoutes = (catalogue: readonly ProviderProfile[]): Pick<Handlers, 'providers'> => ({
  providers: () => ({
    providers: catalogue.map(summaryOf),
  }),
})

export function summaryOf({
  id,
  name,
  needs,
  clientRegistration,
  server,
  flows,
  scopes,
  registration,
  redirect,
  roles,
  api,
  variables,
  git,
  toolHint = '',
}: ProviderProfile): ProviderSummary {
  return {
    id,
    name,
    needs: [...needs],
    offersRegistration: clientRegistration?.offered === true,
    flows: Flow.options.flatMap((flow) => {
      const rule = flows[flow]
      return rule === undefined ? [] : [{ flow, secret: secretFor(rule, flow) }]
    }),
    presets: Object.fromEntries(Object.entries(scopes.presets).map(([preset, list]) => [preset, [...list]])),
    issuer: usualIssuer(server),
    installable: server.kind === 'known' && server.installable === true,
    scopes: [...scopes.usual],
    unnamed: scopes.unnamed?.why ?? '',
    registration,
    redirectUri: registeredUri(redirect),
    ...(roles === undefined ? {} : { roles: roles.inAccount ? 'inAccount' : 'byArn' }),
    ...(api === undefined ? {} : { api: apiOf(api, usualIssuer(server)) }),
    variables: [...variables],
    git: git !== undefined,
    toolHint,
  }
}

/** RFC 9110 §9.2.1, but for what no caller sends. */
const SAFE = ['GET *', 'HEAD *']

/** Of an installation of one's own, `{issuer}` stands for where it is. */
const OWN: Base = { url: '{issuer}', origin: '{issuer}', hostname: '' }

const apiOf = ({ origins, reads = SAFE }: ApiRule, issuer: string): ProviderSummary['api'] => ({
  origins: [...origins(issuer === '' ? OWN : baseOf(issuer))],
  reads: [...reads],
})

function usualIssuer(server: ServerRule): string {
  if (server.kind === 'known') return server.base
  return server.kind === 'discovered' ? (server.issuer ?? '') : ''
}

function secretFor(rule: ClientRule, flow: Flow): ProviderSummary['flows'][number]['secret'] {
  if (flow === 'static') return 'required'
  if (rule === 'none') return 'none'
  // Whoever acts for itself has to prove who that is (RFC 6749 §4.4).
  return rule === 'bySecret' && flow !== 'client-credentials' ? 'optional' : 'required'
}
