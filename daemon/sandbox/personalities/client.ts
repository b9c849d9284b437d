/** A client as a personality knows it: by its id, and by a digest of its secret. */
import { matchesDigest } from '../digest.js'

export interface Client {
  readonly id: string
  /** undefined: a public client. `proves` compares. */
  readonly secretDigest: string | undefined
}

/** Whether this is the client's secret; of a public client, whether none was sent. */
export const proves = ({ secretDigest }: Client, secret: string | undefined): boolean =>
  secretDigest === undefined || secret === undefined
    ? secretDigest === secret
    : matchesDigest(secret, secretDigest)
