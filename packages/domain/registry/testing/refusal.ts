import { Problem, type ProblemCode } from '@orrery/base/kernel'

/** For `assert.rejects`: that a verb refuses with this code and, whole or matched, this sentence. */
export function refusal(code: ProblemCode, message: string | RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof Problem &&
    error.code === code &&
    (typeof message === 'string' ? error.message === message : message.test(error.message))
}

export const noModel = (name: string) =>
  refusal('RESOURCE_DOES_NOT_EXIST', `Registered Model with name=${name} not found`)

export const noVersion = (name: string, version: number) =>
  refusal('RESOURCE_DOES_NOT_EXIST', `Model Version (name=${name}, version=${version}) not found`)
