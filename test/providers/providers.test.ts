/** Every provider of the catalogue that has a personality, by one contract. */
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
import { okta } from '../../daemon/providers/okta.js'
import { serviceAccount } from '../../daemon/providers/serviceAccount.js'
import { slack } from '../../daemon/providers/slack.js'
import * as asAtlassian from '../../daemon/sandbox/personalities/atlassian.js'
import * as asAws from '../../daemon/sandbox/personalities/aws.js'
import * as asBitbucket from '../../daemon/sandbox/personalities/bitbucket.js'
import * as asCircleCi from '../../daemon/sandbox/personalities/circleci.js'
import * as asEntra from '../../daemon/sandbox/personalities/entra.js'
import * as asGitHub from '../../daemon/sandbox/personalities/github.js'
import * as asGitLab from '../../daemon/sandbox/personalities/gitlab.js'
import * as asSpace from '../../daemon/sandbox/personalities/jetbrainsSpace.js'
import * as asSlack from '../../daemon/sandbox/personalities/slack.js'
import * as asVendor from '../../daemon/sandbox/personalities/openIdVendors.js'
import { providerContract } from './provider.contract.js'

providerContract(github, asGitHub.github)
providerContract(githubApp, asGitHub.githubApp)
providerContract(gitlab, asGitLab.gitlab)
providerContract(bitbucket, asBitbucket.bitbucket)
providerContract(azureDevops, asEntra.entra)
providerContract(atlassian, asAtlassian.atlassian)
providerContract(okta, asVendor.okta)
providerContract(auth0, asVendor.auth0)
providerContract(keycloak, asVendor.keycloak)
providerContract(google, asVendor.google)
providerContract(circleci, asCircleCi.circleci)
providerContract(slack, asSlack.slack)
providerContract(slack, asSlack.slackWithoutRotation)
providerContract(jetbrainsSpace, asSpace.jetbrainsSpace)
providerContract(aws, asAws.aws)
providerContract(serviceAccount, asVendor.keycloak)
