import {
  AndNode,
  type KyselyPlugin,
  type OperationNode,
  OperationNodeTransformer,
  type QueryId,
  RawNode,
  type SelectQueryNode,
  WhereNode,
} from 'kysely'
import { GO_ON } from './reader-messages.ts'

/*
 * node:sqlite cannot interrupt a statement, and ending its thread waits for the statement as well (6.1 s seen). So
 * every SELECT of a scan asks in its WHERE, row by row, whether it may go on; that makes it about 7 % dearer.
 * The question names no table, so SQLite asks it once per row of a join's outermost table: a scan stops after at
 * most one pass over the inner ones. Subqueries without a WHERE are left alone: SQLite answers `IN (SELECT …)` from an index only as long as there
 * is none.
 */
class CancelChecks extends OperationNodeTransformer {
  protected override transformSelectQuery(node: SelectQueryNode, queryId?: QueryId): SelectQueryNode {
    const isWhole = this.nodeStack.length === 1
    const select = super.transformSelectQuery(node, queryId)
    if (select.from === undefined || !(isWhole || select.where !== undefined)) return select
    const check: OperationNode = RawNode.createWithSql(`${GO_ON}()`)
    const where = select.where
      ? WhereNode.create(AndNode.create(select.where.where, check))
      : WhereNode.create(check)
    return { ...select, where }
  }
}

const checks = new CancelChecks()

export const cancelChecks: KyselyPlugin = {
  transformQuery: ({ node, queryId }) => checks.transformNode(node, queryId),
  transformResult: async ({ result }) => result,
}
