/** The stable name of a system error, such as `ENOENT`; '' for anything else that was thrown. */
export const systemCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
