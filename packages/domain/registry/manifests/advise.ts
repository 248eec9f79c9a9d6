import { invalid, Problem } from '@orrery/base/kernel'
import { checkCount, checkLength } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import type { Advice, Finding } from '../model-version.ts'
import { checkStorable } from '../names.ts'
import type { Manifests } from '../registry.ts'
import { type RegistryEvent, versionSubject } from '../registry-events.ts'
import { type FoundVersion, takeVersion } from '../versions/find-version.ts'
import { adviceOf, adviceRows } from './advice-rows.ts'

const VERDICTS: readonly Advice['verdict'][] = ['clean', 'suspicious', 'dangerous', 'failed']

/** In Unicode characters. */
const MOST = { name: 250, path: 1000, message: 2000 } as const

/** Everybody who reads the advice reads all of it. */
const MAX_SCANNERS = 100

export function makeAdvise({ db, emit, clock }: RegistryDeps): Manifests['advise'] {
  return async function advise(
    caller,
    { scanner, scannerVersion, manifestDigest, verdict, findings, ...id },
  ) {
    check({ scanner, scannerVersion, verdict, findings })
    const text = JSON.stringify(findings.map(({ path, message }) => ({ path, message })))
    await db.inTx(
      async (tx) => {
        const { model, version } = await takeVersion(tx, caller, id, 'model.write')
        if (manifestDigest !== version.manifestDigest) throw ofOtherFiles(version)
        const others = (await tx.all(adviceOf, { version: version.key })).filter(
          (row) => row.scanner !== scanner,
        )
        if (others.length >= MAX_SCANNERS) throw tooMany()
        const by = caller.principal.name
        const row = [version.key, scanner, scannerVersion, manifestDigest, verdict, text, by, clock()]
        await tx.bulk(adviceRows, [row])
        await emit(tx, caller, {
          type: 'version.advised',
          subject: versionSubject(version.name, version.version),
          on: model.key,
          before: undefined,
          after: { scanner, verdict, kind: model.kind },
        } satisfies RegistryEvent)
      },
      { bytes: 1024 + text.length },
    )
  }
}

function check(
  given: Pick<Advice, 'scanner' | 'scannerVersion' | 'verdict'> & { findings: readonly Finding[] },
): void {
  if (given.scanner.trim() === '') throw invalid("Missing value for required parameter 'scanner'.")
  checkText(given.scanner, MOST.name, 'scanner')
  checkText(given.scannerVersion, MOST.name, 'scanner_version')
  if (!VERDICTS.includes(given.verdict)) {
    throw invalid(
      `Invalid value '${given.verdict}' for parameter 'verdict'. It must be one of ${VERDICTS.join(', ')}.`,
    )
  }
  checkCount(given.findings, 'findings')
  for (const [at, { path, message }] of given.findings.entries()) {
    checkText(path, MOST.path, `findings[${at}].path`)
    checkText(message, MOST.message, `findings[${at}].message`)
  }
}

function checkText(text: string, most: number, field: string): void {
  checkStorable(text, field)
  checkLength(text, most, field)
}

function ofOtherFiles({ name, version, manifestDigest }: FoundVersion): Problem {
  const has = manifestDigest === null ? 'has no manifest' : `has the manifest ${manifestDigest}`
  return new Problem(
    'RESOURCE_CONFLICT',
    `Model Version (name=${name}, version=${version}) ${has}; the advice is about other files.`,
    { hint: 'Scan the files of the version and send the digest of its manifest.' },
  )
}

function tooMany(): Problem {
  return invalid(
    `The version has advice of ${MAX_SCANNERS} scanners; no more are kept.`,
    'Send the advice under the name of one of them.',
  )
}
