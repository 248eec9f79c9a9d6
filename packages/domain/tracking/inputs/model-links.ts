import type { BulkInsert } from '@orrery/drivers/db'
import { checkLength } from '../entries.ts'

/** Links of runs to models. The step says when a run made a model; it is 0 for one that a run used. */
export const newModelLinks: BulkInsert = {
  table: 'run_models',
  columns: { run_key: 'int', direction: 'text', model_id: 'text', step: 'int' },
  key: ['run_key', 'direction', 'model_id'],
  onClash: 'ignore',
}

/** Model ids are not looked up, but they are kept: 256 characters hold every id there is. */
export function checkModelId(modelId: string, field: string): void {
  checkLength(modelId, 256, field)
}
