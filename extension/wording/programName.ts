/** The last part of a program's path. Pure. */
export const programName = (executable: string): string =>
  executable === '' ? 'unknown program' : executable.slice(executable.lastIndexOf('/') + 1)
