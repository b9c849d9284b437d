/** Defects around access tokens beside the grant's own. */
import type { Mutant } from './mutant.js'

const BESIDE = 'core/besideTokens.test.ts'
const TABLE = 'core/lifecycleTable.test.ts'
const WISH = 'core/besideWish.test.ts'

export const besideMutants: readonly Mutant[] = [
  {
    name: 'a refusal beside taken for the end',
    breaks: 'a resource that nobody agreed to signs the connection out',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: "  if (state.beside !== null && answer.kind !== 'rotated') {\n",
    replace: "  if (state.beside !== null && answer.kind === 'transient') {\n",
    killedBy: {
      file: TABLE,
      title:
        'lifecycle, by design beside, exchange, when permanent: active#5: clearIntent, refuseBeside(permanent)',
    },
  },
  {
    name: 'a lost answer beside forgotten',
    breaks: 'a refresh token that may be spent is presented again as a good one, and the grant ends',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: "  if (because.kind !== 'unanswered' || spendsNothing) {",
    replace: '  if (because.kind !== undefined) {',
    killedBy: {
      file: TABLE,
      title:
        'lifecycle, by design an answer beside that was lost within the grace is made good by a refresh of the own, at once',
    },
  },
  {
    name: 'a rejected access token revived',
    breaks: 'an exchange for something else brings back an access token that the resource refused',
    file: 'daemon/core/lifecycle/consentSteps.ts',
    find: '  before?.accessGeneration === next.accessGeneration ? { ...next, rejected: before.rejected } : next',
    replace: '  before === null ? { ...next, rejected: false } : next',
    killedBy: {
      file: TABLE,
      title: 'lifecycle, by design what was rejected during an exchange beside is still rejected after it',
    },
  },
  {
    name: 'another’s access token for the own',
    breaks: 'callers of the connection get an access token for another resource, or for fewer scopes',
    file: 'daemon/core/connection/holdings.ts',
    find: '    return beside ? { ...(accessToken && { accessToken }), ...pending } : pending',
    replace:
      '    return beside ? { accessToken: beside.accessToken, ...pending } : { ...{ accessToken }, ...pending }',
    killedBy: {
      file: BESIDE,
      title:
        'access tokens beside the own fewer scopes give an access token of their own, and the own one stays',
    },
  },
  {
    name: 'more than was named handed out',
    breaks: 'a caller that asked for an access token that only reads has one that writes',
    file: 'daemon/core/lifecycle/besideWish.ts',
    find: '  if (more.length > 0) {',
    replace: '  if (more.length < 0) {',
    killedBy: {
      file: WISH,
      title:
        'what a lease wishes beside the own access token who names fewer scopes is given neither more nor less',
    },
  },
  {
    name: 'a refused wish asked without pause',
    breaks: 'a program in a loop has the provider asked for what it has just refused',
    file: 'daemon/core/connection/besideTokens.ts',
    find: '  withheld !== undefined && monotonic < withheld.until',
    replace: '  withheld !== undefined && monotonic > withheld.until',
    killedBy: {
      file: BESIDE,
      title:
        'access tokens beside the own a refusal says nothing about the grant: it stays, and the wish is not asked again for a minute',
    },
  },
]
