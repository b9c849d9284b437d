/** Standing answers on a disk in memory, and ids that can be foretold. */
import type { StandingApproval } from '../../shared/contract/approvals.js'
import type { Random, StandingApprovals } from '../../daemon/core/ports.js'

export class MemoryApprovals implements StandingApprovals {
  kept: readonly StandingApproval[] = []
  /** While set, nothing can be written. */
  fault: Error | undefined

  async load(): Promise<readonly StandingApproval[]> {
    return this.kept
  }

  async save(all: readonly StandingApproval[]): Promise<void> {
    if (this.fault !== undefined) throw this.fault
    this.kept = all
  }
}

export class CountingRandom implements Random {
  #count = 0

  fraction(): number {
    return 0.5
  }

  id(): string {
    return `id-${String((this.#count += 1)).padStart(5, '0')}-and-more`
  }
}
