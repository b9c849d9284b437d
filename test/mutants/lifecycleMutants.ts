/** Defects of the lifecycle: what an answer means, when a refresh is made, and when tokens count. */
import type { Mutant } from './mutant.js'

const LEASING = 'core/leasing.test.ts'
const CLOCKS = 'core/clocks.test.ts'
const DURABILITY = 'core/durability.test.ts'
const TABLE = 'core/lifecycleTable.test.ts'
const VERDICT = 'core/verdict.test.ts'

export const lifecycleMutants: readonly Mutant[] = [
  {
    name: 'publish before persist',
    breaks: 'a crash after the answer leaves callers with tokens whose refresh token was never saved',
    file: 'daemon/core/connection/rotation.ts',
    find: '      await this.#store.commit(saved, secrets)',
    replace:
      "      this.#connection.dispatch({ kind: 'committed', generation })\n      await this.#store.commit(saved, secrets)",
    killedBy: {
      file: DURABILITY,
      title: 'durability new tokens are shown to nobody before they are on the disk',
    },
  },
  {
    name: 'ask before the intent is durable',
    breaks: 'after a crash nobody knows that the refresh token may be spent',
    file: 'daemon/core/lifecycle/refreshSteps.ts',
    find: "  return how.after === null ? stay(next, intent, { kind: 'publish' }) : stay(next, intent)",
    replace: `  const question: Effect = { kind: 'callRefresh', generation: state.grant.facts.generation }
  return how.after === null ? stay(next, intent, question, { kind: 'publish' }) : stay(next, intent, question)`,
    killedBy: {
      file: TABLE,
      title: 'lifecycle, by design active, when leaseNeeded: refreshing:intent: commitIntent#5, publish',
    },
  },
  {
    name: 'no intent on the disk',
    breaks: 'a crash during a refresh is forgotten, and a spent refresh token is presented again',
    file: 'daemon/core/connection/rotation.ts',
    find: '      await this.#store.commit()\n    } catch (error) {\n      this.#holdings.intent = before',
    replace: '    } catch (error) {\n      this.#holdings.intent = before',
    killedBy: {
      file: DURABILITY,
      title:
        'durability, a crash at every step of a refresh after the intent, before the answer: strict keeps serving and asks again only when needed',
    },
  },
  {
    name: 'no single flight',
    breaks: 'each caller on an expired access token spends the refresh token once more',
    file: 'daemon/core/connection/connection.ts',
    find: '  dispatch(event: Event): void {\n',
    replace: `  dispatch(event: Event): void {
    const { refreshToken } = this.#holdings.secrets
    if (event.kind === 'leaseNeeded' && refreshToken) void this.#ports.server.refresh(this.client, refreshToken)
`,
    killedBy: {
      file: LEASING,
      title: 'leasing 1,000 callers on an expired access token share one exchange and get equal answers',
      says: 'needs you to sign in again',
    },
  },
  {
    name: 'a refresh begun anew while one runs',
    breaks: 'whoever comes during a refresh has its answer, with the new tokens, thrown away',
    file: 'daemon/core/lifecycle/refreshSteps.ts',
    find: "    case 'refreshing':\n      return stay(state)\n    case 'signedOut':\n    case 'unsaved':\n    case 'blocked':",
    replace: `    case 'refreshing':
      return startRefresh(state, resume(state))
    case 'signedOut':
    case 'unsaved':
    case 'blocked':`,
    killedBy: {
      file: TABLE,
      title: 'lifecycle, cell by cell every event in: refreshing, exchange',
    },
  },
  {
    name: 'exchanges at the same time',
    breaks: 'a sign-in and a refresh run side by side, and the server sees two uses of one grant',
    file: 'daemon/core/connection/connection.ts',
    find: `    return this.#exchanges.take(async () => {
      await run()
      await this.#store.idle()
    })`,
    replace: '    return run()',
    killedBy: {
      file: 'core/signingIn.test.ts',
      title:
        'signing in by the browser a sign-in waits for the refresh under way, so that there is one exchange at a time',
    },
  },
  {
    name: 'delete on 503',
    breaks: 'a server that is down for a minute signs everybody out',
    file: 'daemon/core/lifecycle/verdict.ts',
    find: "  if (status >= 500 || status === 408 || NOT_NOW.has(error)) {\n    return { kind: 'transient', cause: 'server', reason: said, retryAfterMs }",
    replace:
      "  if (status >= 500 || status === 408 || NOT_NOW.has(error)) {\n    return { kind: 'permanent', reason: said }",
    killedBy: {
      file: VERDICT,
      title: 'verdict of all known answers exactly those that prove the end end a grant',
    },
  },
  {
    name: 'a limit taken for the end',
    breaks: 'asking too often, which passes, ends the grant, which does not',
    file: 'daemon/core/lifecycle/verdict.ts',
    find: "  if (status === 429) return { kind: 'transient', cause: 'rateLimit', reason: said, retryAfterMs }",
    replace: "  if (status === 429) return { kind: 'permanent', reason: said }",
    killedBy: { file: VERDICT, title: 'verdict invalid_grant with 429 is transient' },
  },
  {
    name: 'permanent error retried',
    breaks: 'a grant that is over is asked for again and again, and nobody is told to sign in',
    file: 'daemon/core/lifecycle/verdict.ts',
    find: "  if (permanent !== undefined) return { kind: 'permanent', reason: `${permanent} (${said})${proof}` }",
    replace:
      "  if (permanent !== undefined) return { kind: 'transient', cause: 'server', reason: said, retryAfterMs }",
    killedBy: { file: VERDICT, title: 'verdict invalid_grant with 400 is permanent' },
  },
  {
    name: 'a wrong client taken for the end of the grant',
    breaks: 'a mistyped client secret throws away a grant that is whole',
    file: 'daemon/core/lifecycle/verdict.ts',
    find: "  ['login_required',",
    replace: "  ['invalid_client', 'the client is not known'],\n  ['login_required',",
    killedBy: { file: VERDICT, title: 'verdict invalid_client with 401 is misconfigured' },
  },
  {
    name: 'a page with 200 taken as the end',
    breaks: 'the sign-in page of a hotel network signs everybody out',
    file: 'daemon/core/lifecycle/verdict.ts',
    find: "  if (acted) return { kind: 'unanswered', reason }",
    replace: "  if (acted) return { kind: 'permanent', reason }",
    killedBy: { file: VERDICT, title: 'verdict a page instead of an answer, with 200, is unanswered' },
  },
  {
    name: 'a gateway that gave up taken as untouched',
    breaks: 'a refresh that the server behind may have carried out is sent again as if it had not',
    file: 'daemon/core/lifecycle/verdict.ts',
    find: 'const UNTOUCHED = new Set([500, 503])',
    replace: 'const UNTOUCHED = new Set([500, 502, 503, 504])',
    killedBy: { file: VERDICT, title: 'verdict a page instead of an answer, with 504, is unanswered' },
  },
  {
    name: 'no grace check',
    breaks: 'a refresh token that may be spent is replayed at a server that revokes the grant for it',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: '  return elapsed >= 0 && elapsed < rule.graceMs',
    replace: '  return true',
    killedBy: {
      file: DURABILITY,
      title:
        'durability, a crash at every step of a refresh after the server rotated, before the save: strict keeps serving and asks again only when needed',
    },
  },
  {
    name: 'a grace under a clock set back',
    breaks: 'after a clock change a refresh token is replayed hours after its grace',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: '  return elapsed >= 0 && elapsed < rule.graceMs',
    replace: '  return elapsed < rule.graceMs',
    killedBy: {
      file: 'core/recovery.test.ts',
      title: 'recovery an announced refresh, in a future: inDoubt:whenNeeded',
    },
  },
  {
    name: 'a grace from when we gave up',
    breaks: 'the time spent waiting for the answer is added to the grace the server gives',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: '  const since = state.doubtSince ?? state.sentAt ?? now',
    replace: '  const since = state.doubtSince ?? now',
    killedBy: {
      file: TABLE,
      title:
        'lifecycle, by design a grace counts from when the question left, not from when we gave up on the answer',
    },
  },
  {
    name: 'a doubt cleared by a busy server',
    breaks: 'a restart after it takes a refresh token that may be spent for a good one',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: "  const clear: Effect[] = sent && doubtSince === null ? [{ kind: 'clearIntent' }] : []",
    replace: "  const clear: Effect[] = sent ? [{ kind: 'clearIntent' }] : []",
    killedBy: {
      file: TABLE,
      title:
        'lifecycle, by design an intent that may have been spent is not cleared by a server that is busy',
    },
  },
  {
    name: 'restored record used as active',
    breaks: 'the copy of before the last rotation is used, and with it a refresh token that is spent',
    file: 'daemon/core/lifecycle/recovery.ts',
    find: '  if (loaded.restored && grant.facts.renewable)',
    replace: '  if (false)',
    killedBy: {
      file: DURABILITY,
      title:
        'durability, a crash at every step of a refresh a record restored from its copy is in doubt, also when its token still works',
    },
  },
  {
    name: 'a crash during a refresh forgotten',
    breaks: 'the intent on the disk is not looked at, and a spent refresh token is sent as a good one',
    file: 'daemon/core/lifecycle/recovery.ts',
    find: '  if (record.intent?.generation === record.grant.generation) {',
    replace: '  if (false) {',
    killedBy: {
      file: 'core/recovery.test.ts',
      title: 'recovery an announced refresh, strict: inDoubt:whenNeeded',
    },
  },
  {
    name: 'refresh while unsaved',
    breaks: 'the one good refresh token, in memory only, is lost by asking for another',
    file: 'daemon/core/lifecycle/refreshSteps.ts',
    find: '      return now >= state.at ? save(state) : stay(state)',
    replace: '      return now >= state.at ? startRefresh(state, resume(state)) : stay(state)',
    killedBy: {
      file: DURABILITY,
      title: 'durability tokens that cannot be saved wait in memory, and no second refresh is made for them',
    },
  },
  {
    name: 'a refresh on a full disk',
    breaks: 'the refresh token is spent though nothing can be saved',
    file: 'daemon/core/connection/rotation.ts',
    find: "      this.#connection.dispatch({ kind: 'intentFailed', generation, reason: Refusal.reasonOf(error) })\n      return",
    replace: '',
    killedBy: {
      file: DURABILITY,
      title: 'durability a full disk costs no token request, and refreshing goes on when there is room',
    },
  },
  {
    name: 'old generation accepted',
    breaks: 'a late answer of a refresh that is over changes the connection',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: "  state.kind === 'refreshing' && state.step === step && state.grant.facts.generation === generation",
    replace: "  state.kind === 'refreshing' && state.step === step",
    killedBy: { file: TABLE, title: 'lifecycle, cell by cell every event in: refreshing, exchange' },
  },
  {
    name: 'stray tokens kept',
    breaks: 'tokens that came too late live on at the provider with nobody who knows them',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: "      ? stay(state, { kind: 'revokeTokens', generation: answer.next.facts.generation })",
    replace: '      ? stay(state)',
    killedBy: { file: TABLE, title: 'lifecycle, by design signedOut, when rotated: =: revokeTokens#6' },
  },
  {
    name: 'failure counter signs out',
    breaks: 'an outage of an hour signs everybody out',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: '  const { generation, forcedAt, grant, attempt, doubtSince } = state\n',
    replace:
      "  const { generation, forcedAt, grant, attempt, doubtSince } = state\n  if (attempt > 5) return endGrant(state, 'too many failures')\n",
    killedBy: {
      file: CLOCKS,
      title: 'clocks an outage of three days drops nothing, asks seldom, and is over at once',
    },
  },
  {
    name: 'a lost grant is blanked',
    breaks: 'the access token that would have served for half an hour is thrown away with the grant',
    file: 'daemon/core/lifecycle/refreshSteps.ts',
    find: "    { kind: 'consentRequired', generation, forcedAt: null, grant, reason },",
    replace: "    { kind: 'consentRequired', generation, forcedAt: null, grant: null, reason },",
    killedBy: {
      file: LEASING,
      title: 'leasing after a permanent error the access token serves until its end or a reject',
    },
  },
  {
    name: 'an omitted refresh token forgotten',
    breaks: 'a server that does not rotate leaves the connection without a refresh token',
    file: 'daemon/core/connection/rotation.ts',
    find: 'refreshToken: tokens.refreshToken ?? refreshToken }',
    replace: 'refreshToken: tokens.refreshToken }',
    killedBy: {
      file: LEASING,
      title: 'leasing an answer without a refresh token leaves the one there was in use',
    },
  },
  {
    name: 'a reject refreshes without limit',
    breaks: 'a program that reports each access token as refused has the provider asked without pause',
    file: 'daemon/core/lifecycle/refreshSteps.ts',
    find: '  if (state.forcedAt !== null && Math.abs(now - state.forcedAt) < BACKOFF.forcedEveryMs) return undefined\n',
    replace: '',
    killedBy: {
      file: LEASING,
      title: 'leasing rejects refresh once a minute; until then callers are told when to come back',
    },
  },
  {
    name: 'a rejected access token handed out again',
    breaks: 'callers get what the provider has just refused',
    file: 'daemon/core/lifecycle/freshness.ts',
    find: '  grant !== null && !grant.rejected && remainingMs(grant, at) > 0',
    replace: '  grant !== null && remainingMs(grant, at) > 0',
    killedBy: {
      file: 'core/freshness.test.ts',
      title: 'freshness nothing, the expired and the rejected are not servable',
    },
  },
  {
    name: 'expired token served',
    breaks: 'callers get access tokens that no longer work',
    file: 'daemon/core/lifecycle/freshness.ts',
    find: '  grant !== null && !grant.rejected && remainingMs(grant, at) > 0',
    replace: '  grant !== null && !grant.rejected',
    killedBy: {
      file: 'core/freshness.test.ts',
      title: 'freshness nothing, the expired and the rejected are not servable',
    },
  },
  {
    name: 'min_validity ignored',
    breaks: 'a long job gets an access token that ends in the middle of it',
    file: 'daemon/core/lifecycle/freshness.ts',
    find: '  isServable(grant, at) && remainingMs(grant, at) > minValidityMs',
    replace: '  isServable(grant, at)',
    killedBy: {
      file: 'core/freshness.test.ts',
      title: 'freshness to outlive means longer than asked, and no time asked is any life at all',
    },
  },
  {
    name: 'the wall clock alone',
    breaks: 'a clock set back makes an access token young that ended long ago',
    file: 'daemon/core/lifecycle/freshness.ts',
    find: '  return Math.min(byWall, byMonotonic) - margin',
    replace: '  return byWall - margin',
    killedBy: { file: CLOCKS, title: 'clocks a clock set back by little does not make an old token young' },
  },
  {
    name: 'the monotonic clock alone',
    breaks: 'after a night asleep yesterday’s access token is taken for fresh',
    file: 'daemon/core/lifecycle/freshness.ts',
    find: '  return Math.min(byWall, byMonotonic) - margin',
    replace: '  return byMonotonic - margin',
    killedBy: {
      file: 'core/freshness.test.ts',
      title: 'freshness what is left is the less of what both clocks say',
    },
  },
  {
    name: 'renewed all the time',
    breaks: 'every look at the clock refreshes, and each refresh ends the access tokens handed out',
    file: 'daemon/core/lifecycle/refreshSteps.ts',
    find: '  const due = dueInMs(grant, context.at, context.refreshEndsAccessToken) <= 0',
    replace: '  const due = true',
    killedBy: {
      file: TABLE,
      title: 'lifecycle, cell by cell every event in: active',
    },
  },
  {
    name: 'timer to expiry',
    breaks: 'a machine that slept wakes with an access token that ended hours ago, and nobody looks',
    file: 'daemon/core/roster/timer.ts',
    find: '    const due = Math.min(TIMER.longestSleepMs - rested, this.#ticking.dueInMs() ?? Infinity)',
    replace: '    const due = this.#ticking.dueInMs() ?? TIMER.longestSleepMs - rested',
    killedBy: {
      file: CLOCKS,
      title: 'clocks after eight hours of sleep an unasked connection is fresh within half a minute',
    },
  },
  {
    name: 'a jump of the clock not noticed',
    breaks: 'after waking up a retry waits as long as the machine slept',
    file: 'daemon/core/roster/timer.ts',
    find: '    this.#ticking.tick(Math.abs(drift) > TIMER.jumpMs)',
    replace: '    this.#ticking.tick(false)',
    killedBy: {
      file: CLOCKS,
      title: 'clocks tokens that wait for the disk do not wait for a clock set back',
    },
  },
  {
    name: 'a timer beyond its reach',
    breaks: 'Node runs a timer of more than 24.8 days at once, and then again and again',
    file: 'daemon/adapters/system/clock.ts',
    find: 'Math.min(Math.max(ms, 0), LONGEST_TIMER_MS)',
    replace: 'Math.max(ms, 0)',
    killedBy: {
      file: 'adapters/system/clock.test.ts',
      title: 'clock and random a wake further away than timers reach does not run at once',
    },
  },
  {
    name: 'retry without backoff',
    breaks: 'a server in trouble is asked without pause',
    file: 'daemon/core/lifecycle/backoff.ts',
    find: '  const doubled = Math.min(BACKOFF.capMs, BACKOFF.firstMs * 2 ** Math.max(0, attempt - 1))',
    replace: '  const doubled = BACKOFF.firstMs',
    killedBy: {
      file: 'core/backoff.test.ts',
      title: 'backoff doubles from a second to the cap and stays there',
    },
  },
  {
    name: 'Retry-After ignored',
    breaks: 'a server that asks for patience gets none, and shuts fob out for longer',
    file: 'daemon/core/lifecycle/backoff.ts',
    find: '  if (askedMs === undefined) return own\n',
    replace: '  if (askedMs !== -1) return own\n',
    killedBy: {
      file: 'core/backoff.test.ts',
      title: 'backoff a server is given the patience it asks for, within reason',
    },
  },
  {
    name: 'others of a server not woken',
    breaks: 'after an outage each connection waits for its own retry, minutes after the first is well',
    file: 'daemon/core/roster/roster.ts',
    find: "      if (same && connection !== reached) connection.dispatch({ kind: 'originRecovered' })",
    replace: '      void same',
    killedBy: {
      file: CLOCKS,
      title: 'clocks when one connection reaches the server again, the others of it follow within seconds',
    },
  },
  {
    name: 'all of a server at once',
    breaks: 'after an outage or a night all connections fall upon the server in the same moment',
    file: 'daemon/core/origins.ts',
    find: 'monotonic + PACE.gapMs + PACE.jitterMs * jitter',
    replace: 'monotonic + PACE.jitterMs * jitter',
    killedBy: {
      file: 'core/origins.test.ts',
      title: 'origins taking turns, no second sees more than five exchanges, and other origins wait for none',
    },
  },
  {
    name: 'woken at each success of the others',
    breaks: 'a connection with a trouble of its own asks a busy server all the time',
    file: 'daemon/core/lifecycle/lifecycle.ts',
    find: '  if (wokenAt !== null && Math.abs(now - wokenAt) < BACKOFF.wokenEveryMs) return stay(state)\n',
    replace: '  if (wokenAt === undefined) return stay(state)\n',
    killedBy: { file: TABLE, title: 'lifecycle, cell by cell every event in: retrying, woken' },
  },
  {
    name: 'told at each attempt',
    breaks: 'an outage of days fills the record and makes every window flicker',
    file: 'daemon/core/lifecycle/refreshAnswers.ts',
    find: 'state.after?.cause === cause',
    replace: 'state.after?.cause === `${cause}!`',
    killedBy: { file: TABLE, title: 'lifecycle, cell by cell every event in: refreshing, another try' },
  },
  {
    name: 'sleep forgotten when the clock was set back',
    breaks: 'a token that ended while the machine slept is handed out, for as long as the clock was set back',
    file: 'daemon/core/roster/steadyClock.ts',
    find: '    if (ahead > TIMER.jumpMs) this.#sleptMs += ahead\n',
    replace: '',
    killedBy: {
      file: 'core/steadyClock.test.ts',
      title:
        'a steady clock a wall clock set back makes nothing younger, not even what slept before or sleeps afterwards',
    },
  },
  {
    name: 'renewed early for one who wants more time',
    breaks: 'whoever asks for an hour ends, once a minute, the token that everybody else holds',
    file: 'daemon/core/lifecycle/refreshSteps.ts',
    find: '  if (wouldTakeEarly(grant, context)) return answerNow(state)\n',
    replace: '',
    killedBy: {
      file: LEASING,
      title: 'leasing who wants more time does not end the token all others hold before its refresh is due',
    },
  },
]
