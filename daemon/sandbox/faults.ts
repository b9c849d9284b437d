/**
 * Disturbances on demand. `take` says which of them meet a request and counts it against them; the effects are in
 * `disturbances`. Faults live in memory: a restart heals everything.
 */
import type { SandboxEndpoint, SandboxFault } from '../../shared/contract/sandboxFault.js'

export class Faults {
  #faults: SandboxFault[] = []

  add(fault: SandboxFault): void {
    this.#faults.push(fault)
  }

  clear(): void {
    this.#faults = []
  }

  list(): SandboxFault[] {
    return [...this.#faults]
  }

  /** All that match, in the order they were set; each loses one of its times. */
  take(endpoint: SandboxEndpoint, grantType: string): SandboxFault[] {
    const met = this.#faults.filter(
      (fault) =>
        fault.endpoint === endpoint && (fault.grantType === undefined || fault.grantType === grantType),
    )
    this.#faults = this.#faults.flatMap((fault) => {
      if (!met.includes(fault) || fault.times === undefined) return [fault]
      return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : []
    })
    return met
  }
}

/** The body a `status` fault answers with. */
export function faultBody(fault: Extract<SandboxFault, { kind: 'status' }>): { type: string; text: string } {
  switch (fault.body) {
    case 'json':
      return {
        type: 'application/json',
        text: JSON.stringify({ error: fault.error, error_description: 'asked for by a fault' }),
      }
    case 'html':
      return {
        type: 'text/html; charset=utf-8',
        text: `<!doctype html><html><head><title>${fault.status}</title></head><body><h1>${fault.status}</h1></body></html>`,
      }
    case 'empty':
      return { type: 'text/plain', text: '' }
  }
}
