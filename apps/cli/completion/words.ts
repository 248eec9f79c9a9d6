import { type AnyCommand, isVerbItself, type Option } from '../command.ts'
import { GROUPS, HOST_COMMANDS } from '../groups.ts'

export interface Word {
  readonly word: string
  readonly says: string
}

export interface VerbWords extends Word {
  readonly options: readonly (Word & { readonly takesValue: boolean; readonly choices?: readonly string[] })[]
}

export interface GroupWords extends Word {
  /** Options of the group itself, where it is a verb. */
  readonly own: VerbWords | undefined
  readonly verbs: readonly VerbWords[]
}

const COMMON: VerbWords['options'] = [
  {
    word: '--output',
    says: 'Form of the result.',
    takesValue: true,
    choices: ['json', 'table', 'tsv', 'yaml'],
  },
  { word: '--query', says: 'What of the result to print.', takesValue: true },
  { word: '--workspace', says: 'The workspace to work in.', takesValue: true },
  { word: '--url', says: 'The server.', takesValue: true },
  { word: '--profile', says: 'A profile of the configuration.', takesValue: true },
]
const HELP: VerbWords['options'] = [{ word: '--help', says: 'What it does.', takesValue: false }]

/** Everything that can be typed, from the table of groups. */
export async function allWords(): Promise<readonly GroupWords[]> {
  const groups = await Promise.all(
    GROUPS.map(async ({ name, summary, load }) => {
      const group = await load()
      const own = isVerbItself(group) ? wordsOf(group.commands[0]!) : undefined
      return { word: name, says: summary, own, verbs: own === undefined ? group.commands.map(wordsOf) : [] }
    }),
  )
  const ofOneWord = Object.entries(HOST_COMMANDS).filter(([name]) => !name.includes(' '))
  const host = ofOneWord.map(([word, says]) => ({
    word,
    says,
    own: undefined,
    verbs: [],
  }))
  return [...groups, ...host]
}

function wordsOf({ name, summary, options = {}, takesFile, destroys, waits, alone }: AnyCommand): VerbWords {
  const declared = Object.entries(options as Readonly<Record<string, Option>>).map(
    ([key, { says, value, choices }]) => ({
      word: `--${key}`,
      says,
      takesValue: value !== undefined,
      ...(choices === undefined ? {} : { choices }),
    }),
  )
  const file = [
    { word: '--file', says: 'A YAML or JSON file with the fields.', takesValue: true },
    { word: '--set', says: 'A field.', takesValue: true },
  ]
  return {
    word: name,
    says: summary,
    options: [
      ...declared,
      ...(takesFile === true ? file : []),
      ...(destroys === true ? [{ word: '--yes', says: 'Do not ask.', takesValue: false }] : []),
      ...(waits === true ? [{ word: '--no-wait', says: 'Return at once.', takesValue: false }] : []),
      ...(alone === true ? [] : COMMON),
      ...HELP,
    ],
  }
}
