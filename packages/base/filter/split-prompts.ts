import type { Clause, Filter } from './tree.ts'

const IS_PROMPT = 'mlflow.prompt.is_prompt'

/**
 * Whether a search of MLflow's registry is for prompts or for models, which share its tables, and what is left to ask
 * then.
 *
 * The first clause on the tag `mlflow.prompt.is_prompt` decides: `= 'true'` and `!= 'false'`, in any case of letters,
 * ask for prompts and stay clauses like others. Anything else, as well as no such clause, asks for models; then all
 * clauses on the tag go, because models do not carry it (mlflow 3.17.2, `_is_querying_prompt`).
 */
export function splitPrompts(filter: Filter): { readonly prompts: boolean; readonly filter: Filter } {
  const first = filter.find(isOnPrompt)
  if (first !== undefined && asksForPrompts(first)) return { prompts: true, filter }
  return { prompts: false, filter: filter.filter((clause) => !isOnPrompt(clause)) }
}

const isOnPrompt = ({ entity, name }: Clause) => entity === 'tag' && name === IS_PROMPT

function asksForPrompts(clause: Clause): boolean {
  const value = 'value' in clause ? String(clause.value).toLowerCase() : undefined
  return (clause.op === '=' && value === 'true') || (clause.op === '!=' && value === 'false')
}
