/** Every personality of the sandbox with the provider it plays: who is in the cast is held to the contract. */
import assert from 'node:assert/strict'
import { catalogue } from '../../daemon/providers/catalogue.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import { cast } from '../../daemon/sandbox/personalities/cast.js'
import type { Personality } from '../../daemon/sandbox/personalities/personality.js'
import { githubAppWithoutExpiry } from '../../daemon/sandbox/personalities/github.js'
import { gitlabAloneByDevice } from '../../daemon/sandbox/personalities/gitlab.js'
import {
  keycloakWithoutRotation,
  oidcRegistering,
  oktaOrg,
  oktaWithoutLeeway,
} from '../../daemon/sandbox/personalities/openIdVendors.js'
import { slackWithoutRotation } from '../../daemon/sandbox/personalities/slack.js'

export interface Played {
  readonly profile: ProviderProfile
  readonly personality: Personality
}

const row = (personality: Personality): Played => ({
  profile: catalogue.find(({ id }) => id === personality.id) ?? assert.fail(`no provider ${personality.id}`),
  personality,
})

/** Those whom people meet set up in another way than the cast has them. */
const variants: readonly Personality[] = [
  githubAppWithoutExpiry,
  gitlabAloneByDevice,
  oktaOrg,
  oktaWithoutLeeway,
  keycloakWithoutRotation,
  slackWithoutRotation,
  oidcRegistering,
]

export const played: readonly Played[] = [...cast, ...variants].map(row)
