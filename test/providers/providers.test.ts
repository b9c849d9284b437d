/** Every provider of the catalogue that has a personality, by one contract. */
import { github, githubApp } from '../../daemon/providers/github.js'
import { gitlab } from '../../daemon/providers/gitlab.js'
import * as asGitHub from '../../daemon/sandbox/personalities/github.js'
import * as asGitLab from '../../daemon/sandbox/personalities/gitlab.js'
import { providerContract } from './provider.contract.js'

providerContract(github, asGitHub.github)
providerContract(githubApp, asGitHub.githubApp)
providerContract(gitlab, asGitLab.gitlab)
