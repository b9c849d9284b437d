/** The acts of a person or a caller that change what is on the disk. */
import assert from 'node:assert/strict'
import type { Victim } from './victim.js'

export interface Act {
  readonly title: 'consent' | 'rotation' | 'sign-out' | 're-key into a file' | 're-key into the keychain'
  /** Brings about what the act begins with. */
  readonly prepare: (victim: Victim) => Promise<void>
  /** Resolves with whether the act was reported as done; may reject when the daemon dies. */
  readonly run: (victim: Victim) => Promise<boolean>
  readonly needsKeychain?: true
}

export async function isIn(victim: Victim): Promise<boolean> {
  const connection = await victim.connection()
  assert.ok(connection, 'the connection is gone')
  return connection.state !== 'signedOut'
}

const signedIn = async (victim: Victim): Promise<void> => {
  if (!(await isIn(victim))) await victim.signIn()
}

type KeySource = 'keychain' | 'keyFile'

export const moveKey = (victim: Victim, to: KeySource): ReturnType<Victim['post']> =>
  victim.post('/v1/vault', { action: 'move', to })

/** A change of key, from the other place to this one. */
const rekey = (title: Act['title'], from: KeySource, to: KeySource): Act => ({
  title,
  prepare: async (victim) => {
    await signedIn(victim)
    assert.equal((await moveKey(victim, from)).status, 200)
  },
  run: async (victim) => (await moveKey(victim, to)).status === 200,
  needsKeychain: true,
})

const succeeded = (act: Promise<unknown>): Promise<boolean> =>
  act.then(
    () => true,
    () => false,
  )

export const acts: readonly Act[] = [
  {
    title: 'consent',
    prepare: async (victim) => {
      if (await isIn(victim)) assert.equal((await victim.signOut()).status, 200)
    },
    run: (victim) => succeeded(victim.signIn()),
  },
  {
    title: 'rotation',
    prepare: signedIn,
    run: async (victim) => (await victim.refresh()).kind === 'ok',
  },
  {
    title: 'sign-out',
    prepare: signedIn,
    run: async (victim) => (await victim.signOut()).status === 200,
  },
  rekey('re-key into a file', 'keychain', 'keyFile'),
  rekey('re-key into the keychain', 'keyFile', 'keychain'),
]
