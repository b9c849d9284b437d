/** AWS credentials of a role, made from a connection's access token. */
import { z } from 'zod'
import { ConnectionName, Instant } from './ids.js'

/** Which role: one of an account by its name, or a role by its ARN. Left out: the one the connection was added with. */
export const AwsRole = z.strictObject({
  account: z
    .string()
    .regex(/^\d{12}$/, 'an account is twelve digits')
    .optional(),
  role: z
    .string()
    .max(2048)
    .regex(/^[\w+=,.@:/-]+$/, 'use the name of a role, or its ARN')
    .optional(),
  /** What the credentials may do is this policy, met with the role's. */
  policy: z
    .string()
    .max(2048)
    .regex(/^arn:aws[\w-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/, 'use the ARN of a managed policy')
    .optional(),
})
export type AwsRole = z.output<typeof AwsRole>

export const AwsCredentials = z.object({
  connection: ConnectionName,
  /** '' where a role is named by its ARN. */
  account: z.string(),
  role: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  expiresAt: Instant,
})
export type AwsCredentials = z.output<typeof AwsCredentials>
