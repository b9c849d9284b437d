/** Twelve ways in which a secret gets out, for the scanner to prove itself on. */

export const hexOf = (text: string): string => Buffer.from(text).toString('hex')
const backwards = (text: string): string => [...text].reverse().join('')

export const leaks = (secret: string): Readonly<Record<string, string>> => ({
  plain: `the token is ${secret}, and more`,
  'within a longer word': `refresh${secret}end`,
  'by its first six characters': `token=${secret.slice(0, 6)}…`,
  'by its last twelve characters': `…${secret.slice(-12)}`,
  reversed: `x${backwards(secret)}x`,
  'by its first six characters reversed': `${backwards(secret.slice(0, 6))} is it`,
  'in base64': Buffer.from(secret).toString('base64'),
  'in base64 behind one byte': Buffer.from(`:${secret}`).toString('base64'),
  'in base64url behind two bytes, as in HTTP Basic': Buffer.from(`a:${secret}`).toString('base64url'),
  'in hex': hexOf(secret),
  'in capital hex, cut short': `0x${hexOf(secret.slice(0, 6)).toUpperCase()}`,
  'URL-encoded': hexOf(secret).replace(/../g, '%$&'),
})
