import type { Anchors } from '../anchors/write-anchor.ts'
import type { Audit } from '../audit.ts'
import type { GovernanceDeps } from '../seams.ts'
import { makeExportAudit } from './export-audit.ts'
import { makeSearchAudit } from './search-audit.ts'
import { makeShowHead } from './show-head.ts'
import { makeTellStory } from './tell-story.ts'
import { makeVerifyAudit } from './verify-audit.ts'

export type AuditDeps = Pick<
  GovernanceDeps,
  'db' | 'emit' | 'clock' | 'log' | 'settle' | 'queries' | 'sentenceOf' | 'anchorsFolder'
> & { readonly anchors: Pick<Anchors, 'write'> }

/** The log for those who may read all of it, and the story for everybody. */
export function makeAudit(deps: AuditDeps): Audit {
  return {
    search: makeSearchAudit(deps),
    story: makeTellStory(deps),
    export: makeExportAudit(deps),
    verify: makeVerifyAudit(deps),
    head: makeShowHead(deps),
  }
}
