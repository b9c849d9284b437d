/** Counts for operators as Prometheus text; not in the route table, since it answers no JSON. */
import type { ServerResponse } from 'node:http'
import type { Metrics } from '../../core/ports.js'

export async function sendMetrics(metrics: Metrics, response: ServerResponse): Promise<void> {
  const body = await metrics.text()
  response.writeHead(200, {
    'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
  })
  response.end(body)
}
