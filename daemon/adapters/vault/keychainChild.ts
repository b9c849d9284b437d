/**
 * The program that talks to the OS keychain: its own process, because the native library may hang for ever,
 * crash, or keep a dead connection until its process ends. One request on standard input, one reply on
 * standard output, then it is gone. Secrets come and go through these pipes only, never by argument.
 */
import { text } from 'node:stream/consumers'
import { KeychainRequest, type KeychainReply } from './keychainMessages.js'

const SERVICE = 'fob'

async function answer(request: KeychainRequest): Promise<KeychainReply> {
  const { default: keytar } = await import('keytar')
  switch (request.action) {
    case 'read':
      return { kind: 'done', secret: await keytar.getPassword(SERVICE, request.account) }
    case 'write':
      await keytar.setPassword(SERVICE, request.account, request.secret)
      return { kind: 'done', secret: null }
    case 'remove':
      await keytar.deletePassword(SERVICE, request.account)
      return { kind: 'done', secret: null }
  }
}

/** Absent has two faces: no package at all, or a package without its compiled part. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  const absent = /Cannot find (module|package)/.test(message)
  return absent ? 'the keytar package is not installed, or was not built on this machine' : message
}

async function main(): Promise<void> {
  const request = KeychainRequest.parse(JSON.parse(await text(process.stdin)))
  // Should the daemon die before its own deadline strikes, nobody else would end a hanging call. A signal,
  // since an orderly exit waits for the hanging library.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), request.lifetimeMs).unref()
  const reply = await answer(request).catch((cause: unknown): KeychainReply => ({
    kind: 'failed',
    reason: reasonOf(cause),
  }))
  process.stdout.write(JSON.stringify(reply))
}

void main()
