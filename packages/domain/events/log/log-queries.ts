import type { LogQueries } from '../log.ts'
import { findMisplaced } from './mentions.ts'
import { searchLog, searchRows } from './search-log.ts'
import { readStory } from './story.ts'
import { readHeads, readLastPosition, readLastUpTo, walkLog } from './walk-log.ts'

/** The log for those who ask. */
export const logQueries: LogQueries = {
  search: searchLog,
  rows: searchRows,
  story: readStory,
  walk: walkLog,
  misplaced: findMisplaced,
  heads: readHeads,
  lastUpTo: readLastUpTo,
  lastPosition: readLastPosition,
}
