/**
 * Prints a measured figure in the one form that the runner and people read:
 * `figure H3 value=1 bar="exactly 1" ok=yes`. A figure that misses its bar counts as a failure of the run.
 */

export interface Figure {
  /** What was measured, with its unit when it has one. */
  readonly value: number | string
  /** What was promised. */
  readonly bar: number | string
  readonly ok: boolean
  /**
   * How many trials stand behind it. With a value of 0 failures the bound on the true rate is printed too:
   * none in n trials leaves at most 3/n likely (95 %, the rule of three).
   */
  readonly n?: number
}

const worded = (value: number | string): string => {
  const text = String(value)
  return /\s/.test(text) ? JSON.stringify(text) : text
}

export function figureLine(id: string, { value, bar, ok, n }: Figure): string {
  // Where nothing was tried, nothing held.
  const held = ok && n !== 0
  const trials = n === undefined ? '' : ` n=${n}`
  const bound = n !== undefined && value === 0 && n > 0 ? ` bound=${(3 / n).toPrecision(2)}` : ''
  return `figure ${id} value=${worded(value)} bar=${worded(bar)} ok=${held ? 'yes' : 'no'}${trials}${bound}`
}

export function figure(id: string, measured: Figure): void {
  console.log(figureLine(id, measured))
}
