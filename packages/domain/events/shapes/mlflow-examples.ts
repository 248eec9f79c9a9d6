import type { MlflowEventName } from './mlflow-events.ts'
import type { MlflowData } from './mlflow-payload.ts'

const MODEL = 'example_model'
const PROMPT = 'example_prompt'
const TAG = { key: 'example_key', value: 'example_value' }
const KEY = { key: TAG.key }
const ALIAS = { alias: 'example_alias' }
const TAGS = { [TAG.key]: TAG.value }

/** What a test sends: the examples of mlflow/webhooks/types.py, so that receivers written against them see what they know. */
export const MLFLOW_EXAMPLES: Readonly<Record<MlflowEventName, MlflowData>> = {
  'registered_model.created': { name: MODEL, tags: TAGS, description: 'An example registered model' },
  'model_version.created': {
    name: MODEL,
    version: '1',
    source: 'models:/123',
    run_id: 'abcd1234abcd5678',
    tags: TAGS,
    description: 'An example model version',
  },
  'model_version_tag.set': { name: MODEL, version: '1', ...TAG },
  'model_version_tag.deleted': { name: MODEL, version: '1', ...KEY },
  'model_version_alias.created': { name: MODEL, ...ALIAS, version: '1' },
  'model_version_alias.deleted': { name: MODEL, ...ALIAS },
  'prompt.created': { name: PROMPT, tags: TAGS, description: 'An example prompt' },
  'prompt_version.created': {
    name: PROMPT,
    version: '1',
    template: 'Hello {{name}}!',
    tags: TAGS,
    description: 'An example prompt version',
  },
  'prompt_tag.set': { name: PROMPT, ...TAG },
  'prompt_tag.deleted': { name: PROMPT, ...KEY },
  'prompt_version_tag.set': { name: PROMPT, version: '1', ...TAG },
  'prompt_version_tag.deleted': { name: PROMPT, version: '1', ...KEY },
  'prompt_alias.created': { name: PROMPT, ...ALIAS, version: '1' },
  'prompt_alias.deleted': { name: PROMPT, ...ALIAS },
  'budget_policy.exceeded': {
    budget_policy_id: 'bp-abc123',
    budget_unit: 'USD',
    budget_amount: 100,
    current_spend: 105.5,
    duration_unit: 'MONTHS',
    duration_value: 1,
    target_scope: 'ENDPOINT',
    workspace: 'default',
    target_value: 'ep-abc123',
    window_start: 1_704_067_200_000,
  },
}
