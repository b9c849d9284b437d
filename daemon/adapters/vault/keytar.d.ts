/**
 * The part of keytar that is used, declared here because the package is optional: sources compile without it.
 * It is a CommonJS module, so all of it is under `default`.
 */
declare module 'keytar' {
  const keytar: {
    getPassword(service: string, account: string): Promise<string | null>
    setPassword(service: string, account: string, password: string): Promise<void>
    deletePassword(service: string, account: string): Promise<boolean>
  }
  export default keytar
}
