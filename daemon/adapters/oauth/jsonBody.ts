/** The JSON in the body of an answer; undefined where there is none. What it means is for a schema to say. */
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import type { Answer } from '../network/outbound.js'

type Body = Pick<Answer, 'body'>

/** Bytes that are no UTF-8 do not hinder it. */
export const jsonIn = ({ body }: Body): unknown => parsedJson(new TextDecoder().decode(body))

/** Of an answer that decides about a grant nothing is guessed: bytes that are no UTF-8 make it no JSON. */
export function exactJsonIn({ body }: Body): unknown {
  try {
    return parsedJson(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}
