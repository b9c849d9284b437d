/** Every personality by its name, for `fob sandbox start --personality NAME`. */
import type { SandboxPersonality } from '../../../shared/contract/sandbox.js'
import { atlassian } from './atlassian.js'
import { bitbucket } from './bitbucket.js'
import { circleci } from './circleci.js'
import { entra } from './entra.js'
import { github, githubApp } from './github.js'
import { gitlab } from './gitlab.js'
import { jetbrainsSpace } from './jetbrainsSpace.js'
import { auth0, google, keycloak, okta } from './openIdVendors.js'
import type { Personality } from './personality.js'
import { slack } from './slack.js'

export const cast: Readonly<Record<SandboxPersonality, Personality>> = {
  github,
  'github-app': githubApp,
  gitlab,
  bitbucket,
  'azure-devops': entra,
  atlassian,
  google,
  okta,
  auth0,
  keycloak,
  circleci,
  slack,
  'jetbrains-space': jetbrainsSpace,
}
