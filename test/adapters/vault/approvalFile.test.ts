import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StandingApproval } from '../../../shared/contract/approvals.js'
import { Policy } from '../../../shared/contract/config.js'
import { ApprovalFile } from '../../../daemon/adapters/vault/approvalFile.js'
import { PolicyFile } from '../../../daemon/adapters/vault/policyFile.js'

const APPROVED = StandingApproval.parse({
  id: 'id-00001',
  connection: 'work',
  action: 'lease',
  scopes: ['repo'],
  allowed: true,
  program: '/usr/bin/git',
  untilTerminalEnds: false,
  since: '2030-01-01T00:00:00.000Z',
})

suite('what was approved and accepted, on disk', () => {
  let state = ''
  setup(() => (state = mkdtempSync(join(tmpdir(), 'fob-approved-'))))
  teardown(() => rmSync(state, { recursive: true }))

  test('approvals come back as they were said, in a file that is the owner’s alone', async () => {
    assert.deepEqual(await new ApprovalFile(state).load(), [])
    await new ApprovalFile(state).save([APPROVED])
    assert.deepEqual(await new ApprovalFile(state).load(), [APPROVED])
    assert.equal(statSync(join(state, 'approvals.json')).mode & 0o777, 0o600)
  })

  for (const broken of ['', '{', '{"format":1}', '{"format":1,"approvals":[{"allowed":true}]}']) {
    test(`approvals in a broken file (${broken}) are set aside, and none counts`, async () => {
      writeFileSync(join(state, 'approvals.json'), broken)
      assert.deepEqual(await new ApprovalFile(state).load(), [])
      assert.deepEqual(readdirSync(join(state, 'quarantine')).length, 1)
    })
  }

  test('accepted rules come back, and in a broken file are never taken for none', async () => {
    const rules = Policy.parse([{ decide: 'ask', programs: ['/usr/bin/git'] }])
    assert.equal(await new PolicyFile(state).load(), null)
    await new PolicyFile(state).save(rules)
    assert.deepEqual(await new PolicyFile(state).load(), rules)
    writeFileSync(join(state, 'accepted.json'), '{"format":1,"policy":[{}]}')
    await assert.rejects(new PolicyFile(state).load(), { code: 'misconfigured' })
  })
})
