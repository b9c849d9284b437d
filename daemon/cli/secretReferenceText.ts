/** Where a client secret is kept, as a person types it. Pure; what was typed is never repeated: it may be the secret. */
import { SecretReference } from '../../shared/contract/secretReference.js'
import { UsageFault, type Option } from './command.js'

export const CLIENT_SECRET_FROM: Option = {
  flags: '--client-secret-from <place>',
  meaning: 'where the client secret stays: file:/path, or exec:/path/of/program and its arguments',
}

export const SET_SECRET_HELP = 'fob provider set-secret --help'

/** `exec:` takes words between spaces, or a JSON list for words that hold spaces; there is no shell. */
export function referenceIn(text: string): SecretReference {
  const parsed = SecretReference.safeParse(unchecked(text))
  if (parsed.success) return parsed.data
  const why =
    parsed.error.issues.find(({ path }) => path.length > 0)?.message ?? 'it begins with file: or exec:'
  throw new UsageFault(`--client-secret-from is not understood: ${why}`, SET_SECRET_HELP)
}

function unchecked(text: string): unknown {
  const [, kind, rest = ''] = /^(file|exec):(.*)$/s.exec(text) ?? []
  if (kind === 'file') return { kind, path: rest }
  if (kind !== 'exec') return undefined
  return { kind, argv: rest.startsWith('[') ? listIn(rest) : rest.split(' ').filter((word) => word !== '') }
}

function listIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageFault(
      '--client-secret-from is not understood: what follows exec: is no JSON list',
      SET_SECRET_HELP,
    )
  }
}
