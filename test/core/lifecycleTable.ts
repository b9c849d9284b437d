/**
 * The lifecycle cell by cell: every state with every event, next state and effects in their order. `any` holds
 * for every state that does not say otherwise: answers to nobody change nothing, and their tokens are revoked.
 * `=` is the very same state; `#5` names a generation, and 6 is the one that comes.
 */
export const lifecycleTable = `
  any
    granted · granted to another · granted late · rotated · rotated, old -> =: revokeTokens#6
    committed · commitFailed -> =: revokeTokens#6
    committed, old · commitFailed, old -> =: revokeTokens#4
    denied · denied late · intentCommitted · intentCommitted, old · intentFailed -> =
    intentFailed, old · transient · unanswered · permanent · permanent, old · misconfigured -> =
    besideNeeded · rejected, old -> =
  signedOut
    signIn -> authorizing(signedOut#5): publish
    leaseNeeded -> =: answerWaiters
    signOut -> signedOut#7: answerWaiters, publish
    rejected · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  active
    signIn -> authorizing(active#5): publish
    besideNeeded -> refreshing:intent beside: commitIntent#5
    leaseNeeded · refreshAsked -> refreshing:intent: commitIntent#5, publish
    rejected -> refreshing:intent: discardAccessToken, commitIntent#5, publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  active, due
    signIn -> authorizing(active#5): publish
    besideNeeded -> refreshing:intent beside: commitIntent#5
    leaseNeeded · refreshAsked · wake -> refreshing:intent: commitIntent#5, publish
    rejected -> refreshing:intent: discardAccessToken, commitIntent#5, publish
    signOut -> signedOut#7: answerWaiters, publish
    clockJumped · networkChanged · originRecovered · configChanged -> =
  active, expired
    signIn -> authorizing(active#5): publish
    besideNeeded -> refreshing:intent beside: commitIntent#5
    leaseNeeded · refreshAsked · wake -> refreshing:intent: commitIntent#5, publish
    rejected -> refreshing:intent: discardAccessToken, commitIntent#5, publish
    signOut -> signedOut#7: answerWaiters, publish
    clockJumped · networkChanged · originRecovered · configChanged -> =
  active, rejected
    signIn -> authorizing(active#5): publish
    besideNeeded -> refreshing:intent beside: commitIntent#5
    leaseNeeded -> =: answerWaiters
    refreshAsked -> refreshing:intent: commitIntent#5, publish
    signOut -> signedOut#7: answerWaiters, publish
    rejected · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  active, not renewable
    signIn -> authorizing(active#5): publish
    leaseNeeded -> =: answerWaiters
    rejected -> consentRequired: discardAccessToken, commitStanding, answerWaiters, publish
    signOut -> signedOut#7: answerWaiters, publish
    refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  active, not renewable, expired
    signIn -> authorizing(active#5): publish
    leaseNeeded · wake -> consentRequired: commitStanding, answerWaiters, publish
    rejected -> consentRequired: discardAccessToken, commitStanding, answerWaiters, publish
    signOut -> signedOut#7: answerWaiters, publish
    refreshAsked · clockJumped · networkChanged · originRecovered · configChanged -> =
  refreshing, intent
    signIn -> authorizing(refreshing:intent): publish
    intentCommitted -> refreshing:exchange: callRefresh#5
    intentFailed -> retrying(store): answerWaiters, publish
    rejected -> refreshing:intent: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    leaseNeeded · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  refreshing, exchange
    signIn -> authorizing(refreshing:exchange): publish
    rotated -> refreshing:commit: commitGrant#6
    transient -> retrying(server): clearIntent, answerWaiters, publish
    unanswered -> inDoubt:whenNeeded: answerWaiters, publish
    permanent -> consentRequired: commitStanding, answerWaiters, publish
    misconfigured -> blocked: commitStanding, answerWaiters, publish
    rejected -> refreshing:exchange: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    leaseNeeded · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  refreshing, another try
    signIn -> authorizing(refreshing:exchange): publish
    rotated -> refreshing:commit: commitGrant#6
    transient -> retrying(server): clearIntent, answerWaiters
    unanswered -> inDoubt:whenNeeded: answerWaiters, publish
    permanent -> consentRequired: commitStanding, answerWaiters, publish
    misconfigured -> blocked: commitStanding, answerWaiters, publish
    rejected -> refreshing:exchange: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    leaseNeeded · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  refreshing, commit
    signIn -> authorizing(refreshing:commit): publish
    committed -> active#6: useTokens#6, answerWaiters, publish
    commitFailed -> unsaved: answerWaiters, publish
    rejected -> refreshing:commit: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    leaseNeeded · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  beside, intent
    signIn -> authorizing(refreshing:intent beside): publish
    intentCommitted -> refreshing:exchange beside: callRefresh#5
    intentFailed -> active#5: refuseBeside(store)
    rejected -> refreshing:intent beside: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    leaseNeeded · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  beside, exchange
    signIn -> authorizing(refreshing:exchange beside): publish
    rotated -> refreshing:commit beside: commitGrant#6
    transient -> active#5: clearIntent, refuseBeside(transient)
    unanswered -> inDoubt:whenNeeded: refuseBeside(unanswered), answerWaiters, publish
    permanent -> active#5: clearIntent, refuseBeside(permanent)
    misconfigured -> active#5: clearIntent, refuseBeside(misconfigured)
    rejected -> refreshing:exchange beside: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    leaseNeeded · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  beside, commit
    signIn -> authorizing(refreshing:commit beside): publish
    committed -> active#6: useTokens#6, publish
    commitFailed -> unsaved: answerWaiters, publish
    rejected -> refreshing:commit beside: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    leaseNeeded · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  active, after beside
    signIn -> authorizing(active#6): publish
    besideNeeded -> refreshing:intent beside: commitIntent#6
    leaseNeeded · refreshAsked -> refreshing:intent: commitIntent#6, publish
    rejected -> refreshing:intent: discardAccessToken, commitIntent#6, publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  retrying
    signIn -> authorizing(retrying(network)): publish
    leaseNeeded -> =: answerWaiters
    rejected -> retrying(network): discardAccessToken, publish
    refreshAsked -> refreshing:intent: commitIntent#5
    clockJumped · networkChanged · originRecovered -> retrying(network): publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · configChanged -> =
  retrying, time come
    signIn -> authorizing(retrying(network)): publish
    rejected -> retrying(network): discardAccessToken, publish
    leaseNeeded · refreshAsked · wake -> refreshing:intent: commitIntent#5
    signOut -> signedOut#7: answerWaiters, publish
    clockJumped · networkChanged -> retrying(network)
    originRecovered · configChanged -> =
  retrying, store
    signIn -> authorizing(retrying(store)): publish
    leaseNeeded -> =: answerWaiters
    rejected -> retrying(store): discardAccessToken, publish
    refreshAsked -> refreshing:intent: commitIntent#5
    clockJumped -> retrying(store): publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · networkChanged · originRecovered · configChanged -> =
  retrying, limited
    signIn -> authorizing(retrying(rateLimit)): publish
    leaseNeeded -> =: answerWaiters
    rejected -> retrying(rateLimit): discardAccessToken, publish
    refreshAsked -> refreshing:intent: commitIntent#5
    clockJumped -> retrying(rateLimit): publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · networkChanged · originRecovered · configChanged -> =
  retrying, woken
    signIn -> authorizing(retrying(network)): publish
    leaseNeeded -> =: answerWaiters
    rejected -> retrying(network): discardAccessToken, publish
    refreshAsked -> refreshing:intent: commitIntent#5
    clockJumped · networkChanged -> retrying(network): publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · originRecovered · configChanged -> =
  inDoubt, by itself
    signIn -> authorizing(inDoubt:byItself): publish
    leaseNeeded -> =: answerWaiters
    rejected -> inDoubt:byItself: discardAccessToken, publish
    refreshAsked · wake -> refreshing:intent doubted: commitIntent#5
    signOut -> signedOut#7: answerWaiters, publish
    clockJumped · networkChanged · originRecovered · configChanged -> =
  inDoubt, by itself, later
    signIn -> authorizing(inDoubt:byItself): publish
    leaseNeeded -> =: answerWaiters
    rejected -> inDoubt:byItself: discardAccessToken, publish
    refreshAsked -> refreshing:intent doubted: commitIntent#5
    clockJumped · originRecovered -> inDoubt:byItself: publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · networkChanged · configChanged -> =
  inDoubt, when needed
    signIn -> authorizing(inDoubt:whenNeeded): publish
    leaseNeeded -> =: answerWaiters
    rejected -> inDoubt:whenNeeded: discardAccessToken, publish
    refreshAsked -> refreshing:intent doubted: commitIntent#5
    signOut -> signedOut#7: answerWaiters, publish
    wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  inDoubt, when needed, expired
    signIn -> authorizing(inDoubt:whenNeeded): publish
    leaseNeeded · refreshAsked -> refreshing:intent doubted: commitIntent#5
    rejected -> inDoubt:whenNeeded: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  unsaved
    signIn -> authorizing(unsaved): publish
    committed -> active#6: useTokens#6, answerWaiters, publish
    commitFailed -> unsaved: answerWaiters, publish
    leaseNeeded -> =: answerWaiters
    rejected -> unsaved: discardAccessToken, publish
    refreshAsked -> unsaved saving: commitGrant#6
    clockJumped -> unsaved: publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · networkChanged · originRecovered · configChanged -> =
  unsaved, time come
    signIn -> authorizing(unsaved): publish
    committed -> active#6: useTokens#6, answerWaiters, publish
    commitFailed -> unsaved: answerWaiters, publish
    leaseNeeded -> =: answerWaiters
    rejected -> unsaved: discardAccessToken, publish
    refreshAsked · wake -> unsaved saving: commitGrant#6
    signOut -> signedOut#7: answerWaiters, publish
    clockJumped · networkChanged · originRecovered · configChanged -> =
  unsaved, saving
    signIn -> authorizing(unsaved saving): publish
    committed -> active#6: useTokens#6, answerWaiters, publish
    commitFailed -> unsaved: answerWaiters, publish
    leaseNeeded -> =: answerWaiters
    rejected -> unsaved saving: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  blocked
    signIn -> authorizing(blocked): publish
    leaseNeeded -> =: answerWaiters
    rejected -> blocked: discardAccessToken, publish
    refreshAsked · configChanged -> refreshing:intent: commitIntent#5, publish
    signOut -> signedOut#7: answerWaiters, publish
    wake · clockJumped · networkChanged · originRecovered -> =
  consentRequired
    signIn -> authorizing(consentRequired): publish
    leaseNeeded -> =: answerWaiters
    rejected -> consentRequired: discardAccessToken, publish
    signOut -> signedOut#7: answerWaiters, publish
    refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  consentRequired, empty
    signIn -> authorizing(consentRequired): publish
    leaseNeeded -> =: answerWaiters
    signOut -> signedOut#7: answerWaiters, publish
    rejected · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  authorizing
    signIn -> authorizing(active#5): endConsent(cancelled), publish
    granted -> authorizing(active#5) saving: commitGrant#6
    granted to another -> active#5: revokeTokens#6, endConsent(wrongAccount), publish
    denied -> active#5: endConsent(denied), publish
    besideNeeded -> authorizing(refreshing:intent beside): commitIntent#5
    leaseNeeded · refreshAsked -> authorizing(refreshing:intent): commitIntent#5, publish
    rejected -> authorizing(refreshing:intent): discardAccessToken, commitIntent#5, publish
    signOut -> signedOut#7: endConsent(cancelled), answerWaiters, publish
    wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  authorizing, deadline
    signIn -> authorizing(active#5): endConsent(cancelled), publish
    granted -> authorizing(active#5) saving: commitGrant#6
    granted to another -> active#5: revokeTokens#6, endConsent(wrongAccount), publish
    denied -> active#5: endConsent(denied), publish
    besideNeeded -> authorizing(refreshing:intent beside): commitIntent#5
    leaseNeeded · refreshAsked -> authorizing(refreshing:intent): commitIntent#5, publish
    rejected -> authorizing(refreshing:intent): discardAccessToken, commitIntent#5, publish
    wake -> active#5: endConsent(deadline), publish
    signOut -> signedOut#7: endConsent(cancelled), answerWaiters, publish
    clockJumped · networkChanged · originRecovered · configChanged -> =
  authorizing, saving
    signIn -> =: endConsent(cancelled)
    committed -> active#6: useTokens#6, endConsent(granted), answerWaiters, publish
    commitFailed -> unsaved: endConsent(failed), answerWaiters, publish
    besideNeeded -> authorizing(refreshing:intent beside) saving: commitIntent#5
    leaseNeeded · refreshAsked -> authorizing(refreshing:intent) saving: commitIntent#5, publish
    rejected -> authorizing(refreshing:intent) saving: discardAccessToken, commitIntent#5, publish
    signOut -> signedOut#7: endConsent(cancelled), answerWaiters, publish
    wake · clockJumped · networkChanged · originRecovered · configChanged -> =
  authorizing over refreshing
    signIn -> authorizing(refreshing:exchange): endConsent(cancelled), publish
    granted -> authorizing(refreshing:exchange) saving: commitGrant#6
    granted to another -> refreshing:exchange: revokeTokens#6, endConsent(wrongAccount), publish
    denied -> refreshing:exchange: endConsent(denied), publish
    rotated -> authorizing(refreshing:commit): commitGrant#6
    transient -> authorizing(retrying(server)): clearIntent, answerWaiters, publish
    unanswered -> authorizing(inDoubt:whenNeeded): answerWaiters, publish
    permanent -> authorizing(consentRequired): commitStanding, answerWaiters, publish
    misconfigured -> authorizing(blocked): commitStanding, answerWaiters, publish
    rejected -> authorizing(refreshing:exchange): discardAccessToken, publish
    signOut -> signedOut#7: endConsent(cancelled), answerWaiters, publish
    leaseNeeded · refreshAsked · wake · clockJumped · networkChanged · originRecovered · configChanged -> =
`
