/** Work of one kind on one connection: one piece after the other, whatever became of the one before. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  get busy(): boolean {
    return this.#waiting > 0
  }

  take<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1
    const result = this.#last.then(work).finally(() => (this.#waiting -= 1))
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when everything taken so far is over. */
  async idle(): Promise<void> {
    await this.#last
  }
}
