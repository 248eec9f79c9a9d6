import { raw } from '../declaration.ts'
import { nothing } from '../fields.ts'

export const statusRoutes = {
  show: raw({
    name: 'status.show',
    method: 'GET',
    path: '/',
    needs: 'run.read',
    takes: nothing,
    gives: nothing,
    summary: 'The newest runs of the workspace, as a page.',
  }),
}
