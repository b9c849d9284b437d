/** Every provider of the catalogue, with the personality that plays it. A new one is a row here. */
import { atlassian } from '../../daemon/providers/atlassian.js'
import { auth0 } from '../../daemon/providers/auth0.js'
import { aws } from '../../daemon/providers/aws.js'
import { azureDevops } from '../../daemon/providers/azureDevops.js'
import { bitbucket } from '../../daemon/providers/bitbucket.js'
import { circleci } from '../../daemon/providers/circleci.js'
import { github, githubApp } from '../../daemon/providers/github.js'
import { gitlab } from '../../daemon/providers/gitlab.js'
import { google } from '../../daemon/providers/google.js'
import { jetbrainsSpace } from '../../daemon/providers/jetbrainsSpace.js'
import { keycloak } from '../../daemon/providers/keycloak.js'
import { kubernetes } from '../../daemon/providers/kubernetes.js'
import { oauth2 } from '../../daemon/providers/oauth2.js'
import { okta } from '../../daemon/providers/okta.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import { slack } from '../../daemon/providers/slack.js'
import { serviceAccount } from '../../daemon/providers/serviceAccount.js'
import { vault } from '../../daemon/providers/vault.js'
import * as asAtlassian from '../../daemon/sandbox/personalities/atlassian.js'
import * as asAws from '../../daemon/sandbox/personalities/aws.js'
import * as asBitbucket from '../../daemon/sandbox/personalities/bitbucket.js'
import * as asCircleCi from '../../daemon/sandbox/personalities/circleci.js'
import * as asEntra from '../../daemon/sandbox/personalities/entra.js'
import * as asGitHub from '../../daemon/sandbox/personalities/github.js'
import * as asGitLab from '../../daemon/sandbox/personalities/gitlab.js'
import * as asSpace from '../../daemon/sandbox/personalities/jetbrainsSpace.js'
import * as asOAuth2 from '../../daemon/sandbox/personalities/oauth2.js'
import * as asVault from '../../daemon/sandbox/personalities/vault.js'
import * as asVendor from '../../daemon/sandbox/personalities/openIdVendors.js'
import * as asSlack from '../../daemon/sandbox/personalities/slack.js'
import type { Personality } from '../../daemon/sandbox/personalities/personality.js'

export interface Played {
  readonly profile: ProviderProfile
  readonly personality: Personality
}

const row = (profile: ProviderProfile, personality: Personality): Played => ({ profile, personality })

export const played: readonly Played[] = [
  row(github, asGitHub.github),
  row(githubApp, asGitHub.githubApp),
  row(githubApp, asGitHub.githubAppWithoutExpiry),
  row(gitlab, asGitLab.gitlab),
  row(gitlab, asGitLab.gitlabAloneByDevice),
  row(bitbucket, asBitbucket.bitbucket),
  row(azureDevops, asEntra.entra),
  row(atlassian, asAtlassian.atlassian),
  row(okta, asVendor.okta),
  row(okta, asVendor.oktaOrg),
  row(auth0, asVendor.auth0),
  row(keycloak, asVendor.keycloak),
  row(keycloak, asVendor.keycloakWithoutRotation),
  row(google, asVendor.google),
  row(circleci, asCircleCi.circleci),
  row(slack, asSlack.slack),
  row(slack, asSlack.slackWithoutRotation),
  row(jetbrainsSpace, asSpace.jetbrainsSpace),
  row(aws, asAws.aws),
  row(serviceAccount, asVendor.keycloak),
  row(oauth2, asOAuth2.oauth2),
  row(kubernetes, asVendor.kubernetes),
  row(vault, asVault.vault),
]
