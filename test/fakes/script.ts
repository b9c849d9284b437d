/**
 * One scripted call of a fake port: answers are queued, calls are recorded, and a test can wait for a call or
 * hold its answer back. Without a queued answer the fake's own behaviour answers.
 */

/** A call whose answer waits until the test gives it. */
export interface Held<Arguments, Answer> {
  /** Resolves with the arguments once the call has been made. */
  readonly called: Promise<Arguments>
  answer(answer: Answer): void
  fail(error: unknown): void
}

interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/** Promise.withResolvers, which Node 20 does not have. */
function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

export class Script<Arguments extends readonly unknown[], Answer> {
  readonly calls: Arguments[] = []
  readonly #behave: (...parameters: Arguments) => Answer
  readonly #queue: ((...parameters: Arguments) => Answer | Promise<Answer>)[] = []
  readonly #waiting: { readonly count: number; readonly tell: () => void }[] = []

  constructor(behave: (...parameters: Arguments) => Answer) {
    this.#behave = behave
  }

  /** How often the call was made so far. */
  get count(): number {
    return this.calls.length
  }

  /** Queues answers, one a call. */
  answers(...answers: readonly Answer[]): void {
    for (const answer of answers) this.#queue.push(() => answer)
  }

  /** Queues one computed answer; throwing in it rejects the call. */
  does(behave: (...parameters: Arguments) => Answer | Promise<Answer>): void {
    this.#queue.push(behave)
  }

  /** Queues one answer that waits for the test. */
  holds(): Held<Arguments, Answer> {
    const called = deferred<Arguments>()
    const answered = deferred<Answer>()
    this.#queue.push((...parameters) => {
      called.resolve(parameters)
      return answered.promise
    })
    return { called: called.promise, answer: answered.resolve, fail: answered.reject }
  }

  /** Resolves once the call has been made `count` times in all; at once when it already has. */
  called(count: number): Promise<void> {
    if (this.calls.length >= count) return Promise.resolve()
    return new Promise((tell) => this.#waiting.push({ count, tell }))
  }

  /** What the fake's method does. */
  async run(...parameters: Arguments): Promise<Answer> {
    this.calls.push(parameters)
    for (const waiting of this.#waiting) if (this.calls.length >= waiting.count) waiting.tell()
    const behave = this.#queue.shift() ?? this.#behave
    return behave(...parameters)
  }
}
