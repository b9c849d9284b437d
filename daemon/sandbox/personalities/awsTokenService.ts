/**
 * The Security Token Service of AWS, beside a server that its roles trust: forms in, XML out.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
import type { Desk } from './desk.js'
import type { Answer, Asked, Routes } from './personality.js'

/** The role that trusts this server; others do not. */
export const TRUSTING_ROLE = 'arn:aws:iam::111122223333:role/deploy'

/** The managed policy that there is. */
export const SESSION_POLICY = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

const SESSION_MS = 3_600_000

const xml = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
})

export const stsError = (status: number, code: string, message: string): Answer =>
  xml(
    status,
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n  <Error>\n    <Type>Sender</Type>\n' +
      `    <Code>${code}</Code>\n    <Message>${message}</Message>\n  </Error>\n` +
      '  <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>\n</ErrorResponse>\n',
  )

function assumed(role: string, policy: string, expiration: number): Answer {
  const credentials = {
    SessionToken: `AQoDYXdzEE0a8/${role}${policy}=`,
    SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLE',
    Expiration: new Date(expiration).toISOString(),
    AccessKeyId: 'ASIAWEBIDENTITY00000',
  }
  const members = Object.entries(credentials).map(([name, text]) => `      <${name}>${text}</${name}>\n`)
  return xml(
    200,
    '<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\n' +
      `  <AssumeRoleWithWebIdentityResult>\n    <Credentials>\n${members.join('')}    </Credentials>\n` +
      '  </AssumeRoleWithWebIdentityResult>\n</AssumeRoleWithWebIdentityResponse>\n',
  )
}

function assumeRole(desk: Desk, { form, now }: Asked): Answer {
  if (form.get('Action') !== 'AssumeRoleWithWebIdentity' || form.get('Version') !== '2011-06-15') {
    return stsError(400, 'InvalidAction', 'Could not find operation')
  }
  if (!/^[\w+=,.@-]{2,64}$/.test(form.get('RoleSessionName') ?? '')) {
    return stsError(400, 'ValidationError', 'roleSessionName failed to satisfy constraint')
  }
  if (desk.scopesOf(form.get('WebIdentityToken') ?? '') === undefined) {
    return stsError(400, 'ExpiredTokenException', 'Token expired')
  }
  const role = form.get('RoleArn') ?? ''
  const policy = form.get('PolicyArns.member.1.arn') ?? ''
  if (policy !== '' && policy !== SESSION_POLICY) {
    return stsError(400, 'MalformedPolicyDocument', `Policy ${policy} does not exist`)
  }
  if (role === TRUSTING_ROLE) return assumed(role, policy, now + SESSION_MS)
  return stsError(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity')
}

/** At the root of the address, as its own service has it. */
export const awsTokenService = (desk: Desk): Routes => ({ 'POST /': (asked) => assumeRole(desk, asked) })
