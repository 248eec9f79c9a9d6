import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENTS, type EventType } from '@orrery/base/contract'
import { compileFilter } from '../matching/compile-filter.ts'
import type { SubscriptionFilter } from '../subscription.ts'
import {
  checkMlflowFilter,
  MLFLOW_EVENTS,
  type MlflowEventName,
  mlflowEventName,
  mlflowEventsOf,
  mlflowFilter,
  mlflowTestEvent,
} from './mlflow-events.ts'

const NAMES: readonly (readonly [type: string, ofModel: string | undefined, ofPrompt: string | undefined])[] =
  [
    ['model.registered', 'registered_model.created', 'prompt.created'],
    ['version.created', 'model_version.created', 'prompt_version.created'],
    ['version.tag-set', 'model_version_tag.set', 'prompt_version_tag.set'],
    ['version.tag-deleted', 'model_version_tag.deleted', 'prompt_version_tag.deleted'],
    ['alias.set', 'model_version_alias.created', 'prompt_alias.created'],
    ['alias.removed', 'model_version_alias.deleted', 'prompt_alias.deleted'],
    ['model.tag-set', undefined, 'prompt_tag.set'],
    ['model.tag-deleted', undefined, 'prompt_tag.deleted'],
    ['model.renamed', undefined, undefined],
    ['stage.changed', undefined, undefined],
    ['run.completed', undefined, undefined],
    ['toString', undefined, undefined],
  ]
for (const [type, ofModel, ofPrompt] of NAMES) {
  test(`${type} is ${ofModel ?? 'nothing'} of a model and ${ofPrompt ?? 'nothing'} of a prompt`, () => {
    assert.equal(mlflowEventName({ type }), ofModel)
    assert.equal(mlflowEventName({ type, after: { kind: 'model' } }), ofModel)
    assert.equal(mlflowEventName({ type, after: { kind: 'prompt' } }), ofPrompt)
    assert.equal(mlflowEventName({ type, before: { kind: 'prompt' } }), ofPrompt)
  })
}

test('all of MLflow’s events but that of its gateway come from a type of the catalogue', () => {
  const told = NAMES.flatMap(([type, ...names]) => (Object.hasOwn(EVENTS, type) ? names : []))
  assert.deepEqual(
    MLFLOW_EVENTS.filter((name) => !told.includes(name)),
    ['budget_policy.exceeded'],
  )
})

test('a list of events becomes a filter and is read from it again, in its order and once each', () => {
  const lists: MlflowEventName[][] = [
    ...MLFLOW_EVENTS.map((name) => [name]),
    [...MLFLOW_EVENTS].reverse(),
    ['prompt_tag.set', 'registered_model.created', 'budget_policy.exceeded'],
  ]
  for (const names of lists) assert.deepEqual(mlflowEventsOf(mlflowFilter(names)), names)
  const twice = mlflowFilter(['prompt.created', 'prompt.created'])
  assert.deepEqual(twice, {
    types: ['model.registered'],
    attributes: [{ field: 'mlflow.event', operator: 'in', values: ['prompt.created'] }],
  })
})

test('its filter lets through what it names, and tells models from prompts', () => {
  const filter = compileFilter(mlflowFilter(['registered_model.created', 'prompt_tag.set']))
  const event = (type: EventType, kind: string) => ({
    ...{ type, subject: 'models/a', actor: 'user:ada', reason: null },
    after: { kind, tags: {} },
  })
  const cases: readonly (readonly [type: EventType, kind: string, passes: boolean])[] = [
    ['model.registered', 'model', true],
    ['model.registered', 'prompt', false],
    ['model.tag-set', 'prompt', true],
    ['model.tag-set', 'model', false],
    ['version.created', 'model', false],
    ['run.completed', 'model', false],
  ]
  for (const [type, kind, passes] of cases) {
    assert.equal(filter.matches(event(type, kind)), passes, `${type} of a ${kind}`)
  }
  const never = compileFilter(mlflowFilter(['budget_policy.exceeded']))
  for (const [type, kind] of cases) assert.ok(!never.matches(event(type, kind)))
})

const FILTERS: readonly (readonly [filter: SubscriptionFilter, events: readonly MlflowEventName[]])[] = [
  [{}, MLFLOW_EVENTS],
  [{ types: ['alias.*'] }, MLFLOW_EVENTS.filter((name) => name.includes('alias'))],
  [{ types: ['model.tag-set', 'run.*'] }, ['prompt_tag.set']],
  [{ types: ['run.*'] }, []],
  [
    { attributes: [{ field: 'mlflow.event', operator: 'equals', values: ['Prompt.Created'] }] },
    ['prompt.created'],
  ],
  [
    {
      types: ['version.*'],
      attributes: [{ field: 'mlflow.event', operator: 'begins-with', values: ['prompt'] }],
    },
    ['prompt_version.created', 'prompt_version_tag.set', 'prompt_version_tag.deleted'],
  ],
  [
    { types: ['model.registered'], attributes: [{ field: 'actor', operator: 'in', values: ['user:alice'] }] },
    ['registered_model.created', 'prompt.created'],
  ],
]
for (const [filter, events] of FILTERS) {
  test(`a filter made elsewhere: ${JSON.stringify(filter)}`, () => {
    assert.deepEqual(mlflowEventsOf(filter), events)
    if (events.length > 0) checkMlflowFilter(filter)
    else assert.throws(() => checkMlflowFilter(filter), { code: 'INVALID_PARAMETER_VALUE' })
  })
}

test('a test sends what is asked for, or the first of the filter', () => {
  const filter = mlflowFilter(['prompt_alias.created', 'model_version.created'])
  assert.equal(mlflowTestEvent(undefined, filter), 'prompt_alias.created')
  assert.equal(mlflowTestEvent('prompt_tag.set', filter), 'prompt_tag.set')
  assert.equal(mlflowTestEvent('alias.set', filter), 'prompt_alias.created')
  assert.equal(mlflowTestEvent('version.created', filter), 'model_version.created')
  assert.equal(mlflowTestEvent('model.tag-set', filter), 'prompt_tag.set')
  assert.equal(mlflowTestEvent('budget_policy.exceeded', filter), 'budget_policy.exceeded')
  assert.throws(() => mlflowTestEvent('run.completed', filter), {
    code: 'INVALID_PARAMETER_VALUE',
    message: /'run.completed'|"run.completed"/,
  })
})
