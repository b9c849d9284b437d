/**
 * What the AWS command and SDKs read: the answer of a `credential_process`, and the lines of ~/.aws/config that name
 * one. They run it again when the credentials near their end, so what they hold is always fresh.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
import type { AwsCredentials } from '../../shared/contract/awsCredentials.js'

/** One line of JSON. Without `Expiration` they would never ask again. */
export const credentialProcess = (credentials: AwsCredentials): string =>
  JSON.stringify({
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiresAt,
  })

/** A profile of ~/.aws/config, which is called as the connection is. `words` are those that name the role. */
export const awsProfile = (
  connection: string,
  words: readonly string[],
  region: string | undefined,
): readonly string[] => [
  `[profile ${connection}]`,
  `credential_process = ${['fob credential aws', connection, ...words].join(' ')}`,
  ...(region === undefined ? [] : [`region = ${region}`]),
]
