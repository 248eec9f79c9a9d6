import { registerHooks } from 'node:module'

// The package imports JSON without saying so, as bundlers allow; Node wants to be told.
const asJson = <Asked extends { importAttributes?: object }>(name: string, asked: Asked): Asked =>
  /\bv1\.0\.min\.json$/.test(name) ? { ...asked, importAttributes: { type: 'json' } } : asked
registerHooks({
  resolve: (name, asked, next) => next(name, asJson(name, asked)),
  load: (url, asked, next) => next(url, asJson(url, asked)),
})

const { NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser')

/** What GitHub's own parser says against a workflow. */
export function faultsOf(content: string): string[] {
  const parsed = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter())
  return parsed.context.errors.getErrors().map(({ message }) => message)
}
