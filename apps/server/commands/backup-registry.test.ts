import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import pino from 'pino'
import { compose } from '../compose.ts'
import { readSettings } from '../settings.ts'
import { makeBackup } from './make-backup.ts'
import { restoreBackup } from './restore-backup.ts'

const MLFLOW = '/api/2.0/mlflow'
const FILES = '/api/2.0/mlflow-artifacts/artifacts'
const REGISTRY = '/api/orrery/v1/registry'
const settingsOf = (home: string) => readSettings(['--port', '0', '--home', home], {})

/** A server over a home, and what it answers. */
async function start(home: string) {
  const { http, close } = await compose(settingsOf(home), pino({ level: 'silent' }))
  const url = await http.listen({ port: 0, host: '127.0.0.1' })
  async function ask(method: string, path: string, body?: object | Uint8Array<ArrayBuffer>) {
    const isBytes = body instanceof Uint8Array
    const answer = await fetch(url + path, {
      method,
      ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) }),
      headers: { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' },
    })
    const bytes = new Uint8Array(await answer.arrayBuffer())
    assert.equal(answer.status, 200, `${method} ${path}: ${Buffer.from(bytes)}`)
    return bytes
  }
  const tell = async (...asked: Parameters<typeof ask>) =>
    JSON.parse(Buffer.from(await ask(...asked)).toString())
  return { ask, tell, close }
}

test('a restored home holds the files that the registry keeps itself, under the digests they had', async () => {
  const root = await mkdtemp(join(tmpdir(), 'orrery-backup-registry-'))
  try {
    const { ask, tell, close } = await start(join(root, 'home'))
    const { run } = await tell('POST', `${MLFLOW}/runs/create`, { experiment_id: '0' })
    const { run_id } = run.info
    await ask('PUT', `${FILES}/0/${run_id}/artifacts/model/w.bin`, new Uint8Array(Buffer.from('weights')))
    await ask('POST', `${REGISTRY}/register`, { name: 'mine', run_id, path: 'model' })
    await ask('POST', `${REGISTRY}/import?name=imported`, await ask('GET', `${REGISTRY}/models/mine/archive`))
    const { artifacts, damaged } = await makeBackup(settingsOf(join(root, 'home')), join(root, 'backup'))
    assert.deepEqual([artifacts, damaged], [{ files: 2, bytes: 14 }, []])
    await close()

    await restoreBackup(settingsOf(join(root, 'restored')), join(root, 'backup'))
    const again = await start(join(root, 'restored'))
    for (const name of ['mine', 'imported']) {
      const version = `${REGISTRY}/models/${name}/versions/1`
      for (const deep of [false, true]) {
        const found = await again.tell('POST', `${version}/manifest/check`, { deep })
        assert.deepEqual([found.missing, found.changed, found.added], [[], [], []], name)
      }
      const file = await again.ask('GET', `/model-versions/get-artifact?name=${name}&version=1&path=w.bin`)
      assert.equal(Buffer.from(file).toString(), 'weights')
    }
    await again.close()
  } finally {
    await rm(root, { recursive: true })
  }
})
