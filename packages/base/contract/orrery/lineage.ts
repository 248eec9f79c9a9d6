import { orrery, raw } from '../declaration.ts'
import { flag, int64, list, maybe, message, nothing, text, word } from '../fields.ts'

const LineageNode = message({
  kind: word(['run', 'dataset', 'logged-model', 'version']),
  id: text('A run id, `<name>#<digest>`, a model id, `<model>/<version>`.'),
  subject: text('For its story; empty for datasets.'),
  name: text(),
  distance: int64('Steps from where the walk began.'),
  status: maybe(text('Of runs and logged models; of versions the stage.')),
  creation_timestamp: maybe(int64('Milliseconds since the epoch.')),
})
const LineageEdge = message({
  from: text('`<kind>:<id>`, nearer to the source.'),
  to: text('`<kind>:<id>`'),
  relation: word(['read-by', 'produced', 'registered-as', 'copied-to', 'parent-of']),
})

export const lineageRoutes = {
  walk: orrery({
    name: 'lineage.walk',
    method: 'GET',
    path: 'lineage',
    needs: 'workspace.read',
    takes: message({
      kind: word(['run', 'dataset', 'logged-model', 'version']),
      id: text(),
      direction: maybe(word(['upstream', 'downstream', 'both'], 'both if not given.')),
      depth: maybe(int64('1 to 50, 50 if not given.')),
      limit: maybe(int64('Nodes: 1 to 10,000, 1,000 if not given.')),
    }),
    gives: message({
      nodes: list(LineageNode, 'Nearest first; the first is where the walk began.'),
      edges: list(LineageEdge),
      is_cut: flag('There is more than depth and limit allow.'),
      hidden: int64('Neighbours that the caller may not see; the walk does not go on behind them.'),
    }),
    summary: 'What produced a thing, and what would be affected by it.',
  }),
  openLineage: raw({
    name: 'lineage.openLineage',
    method: 'GET',
    path: '/api/orrery/v1/lineage/openlineage',
    needs: 'workspace.read',
    takes: message({
      kind: word(['run', 'dataset', 'logged-model', 'version']),
      id: text(),
      direction: maybe(word(['upstream', 'downstream', 'both'])),
      depth: maybe(int64()),
      limit: maybe(int64()),
    }),
    gives: nothing,
    summary: 'The same walk as OpenLineage 2-0-2 run events, one JSON list.',
  }),
}
