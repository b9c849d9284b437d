/**
 * Everybody whom the sandbox can play, for `fob sandbox start --personality NAME` and for the contract that every
 * provider is held to. A new provider is a line here.
 */
import { atlassian } from './atlassian.js'
import { aws } from './aws.js'
import { bitbucket } from './bitbucket.js'
import { circleci } from './circleci.js'
import { entra } from './entra.js'
import { github, githubApp } from './github.js'
import { gitlab } from './gitlab.js'
import { jetbrainsSpace } from './jetbrainsSpace.js'
import { oauth2 } from './oauth2.js'
import { auth0, google, keycloak, kubernetes, oidc, okta, serviceAccount } from './openIdVendors.js'
import type { Personality } from './personality.js'
import { slack } from './slack.js'
import { vault } from './vault.js'

export const cast: readonly Personality[] = [
  github,
  githubApp,
  gitlab,
  bitbucket,
  entra,
  atlassian,
  google,
  okta,
  auth0,
  keycloak,
  circleci,
  slack,
  jetbrainsSpace,
  aws,
  kubernetes,
  vault,
  oidc,
  oauth2,
  serviceAccount,
]

/** The provider's own id is the name; undefined for a provider that nobody here plays. */
export const personalityCalled = (name: string): Personality | undefined => cast.find(({ id }) => id === name)
