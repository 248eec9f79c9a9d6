import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorkspaceProperties } from '../access.ts'
import { checkProperties } from './workspace-properties.ts'

const INVALID = { code: 'INVALID_PARAMETER_VALUE' }
const refusal = (message: string) => ({ ...INVALID, message })

/** The addresses that were asked about, with the fields that were named. */
function check(input: WorkspaceProperties) {
  const asked: string[] = []
  const { columns, tags } = checkProperties(input, (location, field) => {
    asked.push(`${field} ${location}`)
    if (location.includes('#')) throw new Error('no')
  })
  return { columns, tags: tags && Object.fromEntries(tags), asked }
}

test('what is not given is not written', () => {
  assert.deepEqual(check({}), { columns: {}, tags: undefined, asked: [] })
  assert.deepEqual(check({ description: undefined, tags: {} }), { columns: {}, tags: {}, asked: [] })
})

test('texts are kept as they are, addresses and durations trimmed', () => {
  assert.deepEqual(
    check({
      friendlyName: ' 視覚 ',
      description: ' d\n',
      subscriptionId: 's',
      resourceGroup: 'r',
      location: 'l',
      defaultArtifactRoot: ' s3://b/x ',
      traceArchivalLocation: '\ts3://b/t',
      traceArchivalRetention: ' 30d ',
      tags: { k: '', ' ': 'v' },
      maxTokenLifeMs: null,
    }),
    {
      columns: {
        friendly_name: ' 視覚 ',
        description: ' d\n',
        subscription_id: 's',
        resource_group: 'r',
        location: 'l',
        default_artifact_root: 's3://b/x',
        trace_archival_location: 's3://b/t',
        trace_archival_retention: '30d',
        max_token_life_ms: null,
      },
      tags: { k: '', ' ': 'v' },
      asked: ['default_artifact_root s3://b/x', 'trace_archival_config.location s3://b/t'],
    },
  )
})

test('an empty text takes an address away and asks nothing', () => {
  const cleared = { defaultArtifactRoot: ' ', traceArchivalLocation: '', traceArchivalRetention: '\t' }
  assert.deepEqual(check(cleared), {
    columns: { default_artifact_root: '', trace_archival_location: '', trace_archival_retention: '' },
    tags: undefined,
    asked: [],
  })
})

test('a root without a scheme is refused with MLflow’s sentence, a local path too', () => {
  for (const root of [
    'rel/path',
    '/srv/artifacts',
    'C:team-a',
    '..',
    '//host/x',
    '\\\\host\\x',
    ':x',
    '1s3://b',
  ]) {
    assert.throws(
      () => check({ defaultArtifactRoot: root }),
      refusal(
        `Invalid value for 'default_artifact_root'. Expected a URI (for example 's3://bucket/prefix' or 'mlflow-artifacts:/prefix') or an absolute path, got '${root}'.`,
      ),
    )
  }
  assert.throws(() => check({ defaultArtifactRoot: 's3://b/#x' }), /no/)
  assert.throws(() => check({ traceArchivalLocation: 's3://b/#x' }), /no/)
})

test('retentions are a number and a unit', () => {
  for (const given of ['1m', '12h', '999999999d']) {
    assert.equal(check({ traceArchivalRetention: given }).columns.trace_archival_retention, given)
  }
  for (const given of ['0d', '1', 'd', '1.5d', '-1d', '30 d', '30D', '١d']) {
    assert.throws(
      () => check({ traceArchivalRetention: given }),
      refusal(
        "Invalid value for 'trace_archival_config.retention'. Expected a duration in the form `<int><unit>`, where unit is one of 'm', 'h', or 'd' (for example '30d' or '12h').",
      ),
    )
  }
  assert.throws(
    () => check({ traceArchivalRetention: `${'1'.repeat(32)}d` }),
    refusal("Invalid value for 'trace_archival_config.retention'. Maximum length is 32 characters."),
  )
})

test('what is too long, or no text of a database, is refused by its field', () => {
  const smile = '\u{1f600}'
  for (const [property, field, limit] of [
    ['friendlyName', 'friendly_name', 500],
    ['description', 'description', 5000],
    ['subscriptionId', 'subscription_id', 500],
    ['resourceGroup', 'resource_group', 500],
    ['location', 'location', 500],
  ] as const) {
    check({ [property]: smile.repeat(limit) })
    assert.throws(
      () => check({ [property]: smile.repeat(limit + 1) }),
      refusal(`'${field}' is longer than ${limit} characters.`),
    )
    assert.throws(() => check({ [property]: 'x'.repeat(10_000_000) }), INVALID)
    assert.throws(() => check({ [property]: 'a\0b' }), refusal(`'${field}' holds a NUL character.`))
  }
})

test('tags are bounded in number and size', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']))
  check({ tags: many(100) })
  assert.throws(
    () => check({ tags: many(101) }),
    refusal("A workspace can have at most 100 tags; 'tags' has 101 entries."),
  )
  assert.throws(() => check({ tags: { '': 'v' } }), refusal("'tags' has an empty key."))
  assert.throws(() => check({ tags: { ['k'.repeat(251)]: 'v' } }), INVALID)
  assert.throws(() => check({ tags: { k: 'v'.repeat(5001) } }), INVALID)
  assert.throws(() => check({ tags: { k: '\0' } }), INVALID)
  assert.deepEqual(check({ tags: JSON.parse('{"__proto__": "v", "constructor": "w"}') }).tags, {
    ['__proto__']: 'v',
    constructor: 'w',
  })
})

test('lives of tokens are whole milliseconds within the server’s own limit', () => {
  assert.equal(check({ maxTokenLifeMs: 1000 }).columns.max_token_life_ms, 1000)
  assert.equal(check({ maxTokenLifeMs: null }).columns.max_token_life_ms, null)
  for (const life of [0, 1, 999, -1, 1.5, Number.NaN, 367 * 86_400_000]) {
    assert.throws(() => check({ maxTokenLifeMs: life }), INVALID)
  }
})
