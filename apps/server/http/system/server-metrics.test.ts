import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeServerMetrics } from './server-metrics.ts'

test('what was answered before the first scrape is counted too', async () => {
  const metrics = makeServerMetrics(() => 3)
  metrics.observe('runs.create', 200, 2)
  metrics.observe('runs.create', 400, 2)
  const text = await metrics.text()
  metrics.observe('runs.create', 200, 20)
  const later = await metrics.text()
  assert.match(text, /orrery_answers_total\{route="runs.create",status="200"\} 1/)
  assert.match(later, /orrery_answers_total\{route="runs.create",status="200"\} 2/)
  assert.match(later, /orrery_request_duration_seconds_bucket\{le="0.0025",route="runs.create"\} 2/)
  assert.match(later, /orrery_request_duration_seconds_count\{route="runs.create"\} 3/)
  assert.match(later, /orrery_waiting_writes 3/)
  assert.match(later, /orrery_resident_memory_bytes \d{6,}/)
})
