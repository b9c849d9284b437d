/** What a person does about most errors, in the words that all providers share. */
import type { CauseFix } from './cause.js'

export const SIGN_IN: CauseFix = { run: 'fob sign-in {connection}' }
export const SET_SECRET: CauseFix = { run: 'fob provider set-secret {connection}' }

/** Where the client is registered. */
export const atRegistration = (todo: string): CauseFix => ({ open: '{registration}', todo })
