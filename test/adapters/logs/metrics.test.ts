import assert from 'node:assert/strict'
import { PrometheusMetrics } from '../../../daemon/adapters/logs/metrics.js'
import { ConnectionName } from '../../../shared/contract/ids.js'

suite('metrics', () => {
  test('counts appear as Prometheus text with their labels', async () => {
    const metrics = new PrometheusMetrics()
    const sandbox = ConnectionName.parse('sandbox')
    metrics.leased(sandbox)
    metrics.leased(sandbox)
    metrics.refreshed(sandbox, 'ok')
    metrics.refused('retry_later')
    const text = await metrics.text()
    assert.match(text, /^fob_leases_total\{connection="sandbox"\} 2$/m)
    assert.match(text, /^fob_refreshes_total\{connection="sandbox",outcome="ok"\} 1$/m)
    assert.match(text, /^fob_refusals_total\{code="retry_later"\} 1$/m)
    assert.match(text, /^process_resident_memory_bytes \d+$/m)
  })

  test('two instances do not share their counts', async () => {
    new PrometheusMetrics().refused('internal')
    assert.doesNotMatch(await new PrometheusMetrics().text(), /code="internal"/)
  })
})
