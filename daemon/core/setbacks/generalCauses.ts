/** What stands behind the errors that the RFCs name, for every provider whose own list says nothing closer. */
import type { Cause, CauseFix } from '../../providers/cause.js'

const SIGN_IN: CauseFix = { run: 'fob sign-in {connection}' }
const SET_SECRET: CauseFix = { run: 'fob provider set-secret {connection}' }
const atRegistration = (todo: string): CauseFix => ({ open: '{registration}', todo })

export const GENERAL_CAUSES: readonly Cause[] = [
  {
    word: 'invalid_grant',
    during: 'signIn',
    matter: 'consent',
    cause:
      'the code was wrong, too old or used already, or another redirect URI is registered than {redirectUri}',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    matter: 'grant',
    cause: 'the grant is expired, revoked, or another program used its refresh token',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_client',
    matter: 'client',
    cause: 'the client secret is wrong or expired, or there is no client {clientId}',
    fix: SET_SECRET,
  },
  {
    word: 'unauthorized_client',
    matter: 'flow',
    cause: 'the client is not registered for this way in',
    fix: atRegistration(
      'allow the grant types authorization code, refresh token and what else you sign in by',
    ),
  },
  {
    word: 'unsupported_grant_type',
    matter: 'flow',
    cause: 'the server does not know this way in, or not for this client',
    fix: atRegistration('allow the grant type, or add the connection again with another --flow'),
  },
  {
    word: 'invalid_scope',
    matter: 'scopes',
    cause: 'the server does not give this client all scopes that are asked for: {scopes}',
    fix: atRegistration('add the scopes to the client, or add the connection again with others'),
  },
  {
    word: 'invalid_target',
    matter: 'scopes',
    cause: 'the server does not know the resource the access token is for (RFC 8707)',
    fix: atRegistration('see which resources it knows'),
  },
  {
    word: 'redirect_uri_mismatch',
    matter: 'redirect',
    cause: 'another redirect URI is registered than the one fob listens on',
    fix: atRegistration('register {redirectUri}'),
  },
  {
    word: 'invalid_request',
    text: 'redirect',
    matter: 'redirect',
    cause: 'the server does not take the redirect URI: another one is registered, or none',
    fix: atRegistration('register {redirectUri}'),
  },
  {
    word: 'login_required',
    matter: 'policy',
    cause: 'the session at the provider is over, and it wants to see a person again',
    fix: SIGN_IN,
  },
  {
    word: 'interaction_required',
    matter: 'policy',
    cause: 'a rule of the provider wants a person: a second factor, new terms, another device',
    fix: SIGN_IN,
  },
  {
    word: 'consent_required',
    matter: 'consent',
    cause: 'the provider wants the consent again, as after a change of the client',
    fix: SIGN_IN,
  },
  {
    word: 'access_denied',
    matter: 'consent',
    cause: 'somebody declined, or a rule of the provider did',
    fix: SIGN_IN,
  },
  {
    word: 'expired_token',
    matter: 'consent',
    cause: 'nobody entered the code in time',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_token',
    during: 'use',
    matter: 'accessToken',
    cause: 'the provider refuses an access token that it gave itself and that is not over yet',
    fix: SIGN_IN,
  },
  {
    word: 'insufficient_scope',
    during: 'use',
    matter: 'scopes',
    cause: 'the access token may not ask this',
    fix: atRegistration('add the scopes that are missing, then sign in again'),
  },
  {
    word: 'temporarily_unavailable',
    matter: 'provider',
    cause: 'the provider is overloaded or being maintained',
    fix: 'wait',
  },
  { word: 'server_error', matter: 'provider', cause: 'the provider met trouble of its own', fix: 'wait' },
  { word: 'slow_down', matter: 'provider', cause: 'the provider is asked too often', fix: 'wait' },
]
