/** Where AWS's services are, and what it takes to open a role by another server's access token. */
import type { DetailRule, RoleRule } from './profile.js'

export const REGION: Pick<DetailRule, 'pattern' | 'example'> = {
  pattern: /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/,
  example: 'eu-central-1',
}

/**
 * A service of a region, or of all; those of China have a domain of their own. Beside an issuer that is played on
 * loopback AWS is played too, at its address.
 */
export function awsService(service: string, region: string | undefined, issuer: string): string {
  const played = /^http:\/\/[^/]+/.exec(issuer)?.[0]
  if (played !== undefined) return played
  const place = region === undefined ? service : `${service}.${region}`
  return `https://${place}.amazonaws.com${region?.startsWith('cn-') ? '.cn' : ''}`
}

/** By its ARN, path included. */
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/

/**
 * A server that a role's trust policy names. Its access token (a JWT whose audience the policy expects) goes to AWS
 * only when a person added the connection with a role.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export const webIdentity: {
  readonly details: Readonly<Record<string, DetailRule>>
  readonly roles: RoleRule
} = {
  details: {
    region: { ...REGION, required: false },
    role: { pattern: ROLE_ARN, example: 'arn:aws:iam::111122223333:role/deploy', required: false },
  },
  roles: {
    kind: 'webIdentity',
    inAccount: false,
    endpoint: (issuer, { role, region }) =>
      role === undefined ? undefined : `${awsService('sts', region, issuer)}/`,
  },
}
