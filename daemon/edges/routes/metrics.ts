/** Counts for operators as Prometheus text; not in the route table, since it answers no JSON. */
import type { ServerResponse } from 'node:http'
import type { Metrics } from '../../core/ports.js'
import type { Answers } from '../answers.js'

/** The exposition format's own name for itself. */
const EXPOSITION = 'text/plain; version=0.0.4; charset=utf-8'

export async function sendMetrics(
  metrics: Metrics,
  answers: Answers,
  response: ServerResponse,
): Promise<void> {
  answers.send(response, 200, EXPOSITION, await metrics.text())
}
