import { rowsFor } from './event-row.ts'

const MODEL = 'models/{name}'
const VERSION = 'models/{name}/versions/{version}'
const KIND = { kind: 'model' }
const APPROVED = { approval: { request: '0123456789abcdef0123456789abcdef', requestedBy: 'user:alice' } }
const FACTS = {
  name: 'fraud',
  version: 3,
  ...KIND,
  source: 'models:/m-0123456789abcdef0123456789abcdef',
  runId: '0123456789abcdef0123456789abcdef',
  modelId: 'm-0123456789abcdef0123456789abcdef',
  manifestDigest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
}

/**
 * Registered models, prompts and their versions. `kind` is `model` or `prompt`. Only changes that another person has
 * approved have `approval`, and only versions of an import `importedAs`.
 */
export const registryEvents = rowsFor('model', {
  'model.registered': {
    when: 'a registered model or prompt was made',
    subject: MODEL,
    after: { name: 'fraud', kind: 'model', tags: { team: 'risk' }, description: null },
  },
  'model.updated': {
    when: 'the description of a model changed',
    subject: MODEL,
    before: { description: null },
    after: { description: 'Finds fraud.' },
  },
  'model.renamed': {
    when: 'a model got another name; the subject has the new one',
    subject: MODEL,
    before: { name: 'fraud-test' },
    after: { name: 'fraud' },
  },
  'model.deleted': {
    when: 'a model was deleted for good, with its versions',
    subject: MODEL,
    before: { name: 'fraud', kind: 'model', versions: 2, lastVersion: 3, aliases: { champion: 3 } },
  },
  'model.tag-set': {
    when: 'a tag of a model was set',
    subject: MODEL,
    before: { tags: {} },
    after: { tags: { team: 'risk' }, ...KIND },
  },
  'model.tag-deleted': {
    when: 'a tag of a model was deleted',
    subject: MODEL,
    before: { tags: { team: 'risk' } },
    after: { tags: {}, ...KIND },
  },
  'alias.set': {
    when: 'an alias was pointed at a version',
    subject: MODEL,
    before: { alias: 'champion', version: 2 },
    after: { alias: 'champion', version: 3, ...KIND },
    sometimes: APPROVED,
  },
  'alias.removed': {
    when: 'an alias was deleted',
    subject: MODEL,
    before: { alias: 'champion', version: 3, ...KIND },
    after: APPROVED,
  },
  'version.created': {
    when: 'a version was registered',
    subject: VERSION,
    after: { ...FACTS, description: null, tags: {} },
    sometimes: { importedAs: 1 },
  },
  'version.updated': {
    when: 'the description of a version changed',
    subject: VERSION,
    before: { description: null },
    after: { description: 'With the data of May.', ...KIND },
  },
  'version.deleted': {
    when: 'a version was deleted for good',
    subject: VERSION,
    before: { ...FACTS, stage: 'Archived', aliases: [] },
  },
  'version.tag-set': {
    when: 'a tag of a version was set',
    subject: VERSION,
    before: { tags: {} },
    after: { tags: { validated: 'yes' }, ...KIND },
  },
  'version.tag-deleted': {
    when: 'a tag of a version was deleted',
    subject: VERSION,
    before: { tags: { validated: 'yes' } },
    after: { tags: {}, ...KIND },
  },
  'version.advised': {
    when: 'a scanner said what it found in a version',
    subject: VERSION,
    after: { scanner: 'modelscan', verdict: 'clean', ...KIND },
  },
  'stage.changed': {
    when: 'a version was moved to a stage; `archived` are those that had to leave it',
    subject: VERSION,
    before: { stage: 'Staging' },
    after: { stage: 'Production', archived: [2] },
    sometimes: APPROVED,
  },
})
