import { raw } from '../declaration.ts'
import { nothing } from '../fields.ts'

export const statusRoutes = {
  show: raw({
    name: 'status.show',
    method: 'GET',
    path: '/',
    needs: 'signed-in',
    takes: nothing,
    gives: nothing,
    summary:
      'The newest runs of the workspace, as a page; for whoever is not in it the workspaces that are theirs.',
  }),
}
