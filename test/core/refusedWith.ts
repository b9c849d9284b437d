import assert from 'node:assert/strict'
import { Refusal, type ErrorCode } from '../../shared/contract/errors.js'

/** Expects a refusal of this code, and gives it. */
export async function refusedWith(code: ErrorCode, work: Promise<unknown>): Promise<Refusal> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, code, error.message)
    return error
  }
  return assert.fail(`expected the refusal ${code}, but it was answered`)
}
