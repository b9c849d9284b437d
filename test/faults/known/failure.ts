/** A failure that people met with other programs of this kind, and what shows that fob does not have it. */

export interface TestName {
  /** Below test/. */
  readonly file: string
  /** How its full title ends: suites may be left out. */
  readonly title: string
}

export interface Failure {
  readonly id: string
  readonly what: string
  /** Where it was met: `owner/repository#number` on GitHub, or what else is public. */
  readonly seen: string
  readonly shownBy: readonly TestName[]
  /** What no test shows, and why: `not testable here: …` or `not built yet: …`. */
  readonly open?: string
}

/** Tests of one file. */
export const testsIn = (file: string, ...titles: readonly string[]): readonly TestName[] =>
  titles.map((title) => ({ file, title }))
