/** The providers that can be connected, and what each must be told. */
import { Flow } from '../../../shared/contract/connection.js'
import type { ProviderSummary } from '../../../shared/contract/provider.js'
import { registeredUri } from '../../core/causes.js'
import type { ClientRule, ProviderProfile } from '../../providers/profile.js'
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
  flows,
  scopes,
  registration,
  redirect,
  roles,
  variables,
  git,
  toolHint = '',
}: ProviderProfile): ProviderSummary {
  return {
    id,
    name,
    needs: [...needs],
    flows: Flow.options.flatMap((flow) => {
      const rule = flows[flow]
      return rule === undefined ? [] : [{ flow, secret: secretFor(rule, flow) }]
    }),
    presets: Object.fromEntries(Object.entries(scopes.presets).map(([preset, list]) => [preset, [...list]])),
    registration,
    redirectUri: registeredUri(redirect),
    ...(roles === undefined ? {} : { roles: roles.inAccount ? 'inAccount' : 'byArn' }),
    variables: [...variables],
    git: git !== undefined,
    toolHint,
  }
}

function secretFor(rule: ClientRule, flow: Flow): ProviderSummary['flows'][number]['secret'] {
  if (flow === 'static') return 'required'
  if (rule === 'none') return 'none'
  // Whoever acts for itself has to prove who that is (RFC 6749 §4.4).
  return rule === 'bySecret' && flow !== 'client-credentials' ? 'optional' : 'required'
}
