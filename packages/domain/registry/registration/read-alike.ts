import { type Document, isAlias, visit } from 'yaml'

/**
 * Line breaks to YAML 1.1, by which Python reads, and none to YAML 1.2: what stands behind one in a comment here is a
 * line of its own there. Tabs, directives and merge keys are read differently as well.
 */
const READ_DIFFERENTLY = /[\u0085\u2028\u2029\t]|\r(?!\n)|^%|<</m

/**
 * Whether Python reads the same from a document as we do, for certain: MLflow writes neither comments nor anchors nor
 * tags, and in them the two languages differ.
 */
export function isReadAlike(text: string, document: Document.Parsed): boolean {
  if (READ_DIFFERENTLY.test(text) || document.warnings.length > 0) return false
  if (document.comment !== null || document.commentBefore !== null) return false
  let alike = true
  visit(document, {
    Node(_key, node) {
      const isPlain = !isAlias(node) && !node.anchor && node.tag === undefined
      if (isPlain && !node.comment && !node.commentBefore) return undefined
      alike = false
      return visit.BREAK
    },
  })
  return alike
}
