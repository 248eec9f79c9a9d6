import { must } from '@orrery/base/kernel'
import { digestOf, parseAnchor, readAnchor } from '../anchors/anchor-file.ts'
import { lastAnchor } from '../anchors/write-anchor.ts'
import type { Audit, AuditHead } from '../audit.ts'
import type { GovernanceDeps } from '../seams.ts'
import { emptyChain } from './verify-audit.ts'

type Deps = Pick<GovernanceDeps, 'db' | 'queries' | 'anchorsFolder' | 'settle'>

export function makeShowHead({ db, queries, anchorsFolder, settle }: Deps): Audit['head'] {
  return async function showHead(caller) {
    must(caller, 'audit.read')
    const { key } = caller.workspace
    const { heads, noted } = await db.scan(async (reads) => ({
      heads: await queries.heads(reads),
      noted: await lastAnchor(reads),
    }))
    // Whoever keeps it elsewhere compares with it: a power cut must not take it back.
    await settle()
    const { floor, ...head } = heads.find((each) => each.workspaceKey === key) ?? emptyChain(key)
    if (noted === undefined) return { head, floor, lastAnchor: undefined }
    return { head, floor, lastAnchor: await compareWithFile(anchorsFolder, key, noted) }
  }
}

async function compareWithFile(
  folder: string,
  workspaceKey: number,
  {
    file,
    digest,
    position,
    writtenAt,
  }: { file: string; digest: string; position: number; writtenAt: number },
): Promise<AuditHead['lastAnchor']> {
  const told = { file: `anchors/${file}`, writtenAt }
  const text = await readAnchor(folder, file)
  if (text === undefined || digestOf(text) !== digest) {
    return { ...told, position, number: 0, hash: '', isKept: false }
  }
  const { heads } = parseAnchor(text)
  const {
    number = 0,
    hash = '',
    position: at = 0,
  } = heads.find((each) => each.workspaceKey === workspaceKey) ?? {}
  return { ...told, position: at, number, hash, isKept: true }
}
