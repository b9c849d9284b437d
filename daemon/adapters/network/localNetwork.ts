/** The network this machine is in, told by the addresses it has there. */
import { networkInterfaces } from 'node:os'
import type { LocalNetwork } from '../../core/ports.js'

/** IPv6 addresses that lead nowhere beyond the link (RFC 4291 §2.5.6); every container that starts brings one. */
const LINK_LOCAL = /^fe[89ab]/i

export class LocalInterfaces implements LocalNetwork {
  addresses(): string {
    return Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address))
      .map(({ address }) => address)
      .sort()
      .join(' ')
  }
}
