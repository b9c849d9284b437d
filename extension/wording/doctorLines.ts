/** The diagnosis as lines of a page, what needs a person first. Pure. */
import type { Diagnosis, Fix } from '../../shared/contract/doctor.js'

const URGENCIES = { person: 'needs you', wait: 'passes by itself', note: 'worth knowing' } as const

function fixOf(fix: Fix): string {
  switch (fix.kind) {
    case 'run':
      return fix.command
    case 'open':
      return `${fix.place}: ${fix.todo}`
    case 'wait':
      return 'none needed, fob tries again by itself'
  }
}

export function doctorLines({ findings, checked }: Diagnosis): string[] {
  const head =
    findings.length === 0 ? '# Nothing is wrong.' : '# What is wrong, how fob knows, what mends it.'
  return [
    head,
    '',
    ...findings.flatMap(({ connection, urgency, what, evidence, fix }) => [
      `${connection === '' ? '' : `${connection}: `}${what} (${URGENCIES[urgency]})`,
      ...evidence.map((fact) => `    ${fact}`),
      `  fix: ${fixOf(fix)}`,
      '',
    ]),
    `Looked at: ${checked.join(', ')}.`,
    'A terminal tells more: fob doctor',
  ]
}
