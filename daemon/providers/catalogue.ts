/** The list of providers. Adding one is a file beside this and a line here. */
import { atlassian } from './atlassian.js'
import { auth0 } from './auth0.js'
import { aws } from './aws.js'
import { azureDevops } from './azureDevops.js'
import { bitbucket } from './bitbucket.js'
import { circleci } from './circleci.js'
import { github, githubApp } from './github.js'
import { gitlab } from './gitlab.js'
import { google } from './google.js'
import { jetbrainsSpace } from './jetbrainsSpace.js'
import { keycloak } from './keycloak.js'
import { kubernetes } from './kubernetes.js'
import { oauth2 } from './oauth2.js'
import { oidc } from './oidc.js'
import { okta } from './okta.js'
import type { ProviderProfile } from './profile.js'
import { serviceAccount } from './serviceAccount.js'
import { slack } from './slack.js'
import { staticSecret } from './staticSecret.js'
import { vault } from './vault.js'

export const catalogue: readonly ProviderProfile[] = [
  github,
  githubApp,
  gitlab,
  bitbucket,
  azureDevops,
  google,
  aws,
  atlassian,
  okta,
  auth0,
  keycloak,
  circleci,
  slack,
  jetbrainsSpace,
  kubernetes,
  vault,
  serviceAccount,
  oidc,
  staticSecret,
  oauth2,
]
