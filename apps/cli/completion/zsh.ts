import type { GroupWords, VerbWords, Word } from './words.ts'

/** A script for zsh, which shows what each word does. */
export function zshScript(groups: readonly GroupWords[]): string {
  const cases = groups.flatMap(({ word, own, verbs }) =>
    own === undefined
      ? [
          `    ${word}/) items=(${described(verbs)}) ;;`,
          ...verbs.map((verb) => `    ${word}/${verb.word}) options=(${optionsOf(verb)}) ;;`),
        ]
      : [`    ${word}/*) options=(${optionsOf(own)}) ;;`],
  )
  return `#compdef orrery
# orrery: completion for zsh. In ~/.zshrc, behind compinit: source <(orrery completion zsh)
_orrery() {
  local group verb i
  local -a items options
  for ((i = 2; i < CURRENT; i++)); do
    case \${words[i]} in
    -o | --output | --query | -w | --workspace | --url | --profile) ((i++)) ;;
    -*) ;;
    *) if [[ -z $group ]]; then group=\${words[i]}; elif [[ -z $verb ]]; then verb=\${words[i]}; fi ;;
    esac
  done
  case \${words[CURRENT-1]} in
    -o | --output) items=(json table tsv yaml); _describe 'form' items; return ;;
  esac
  case $group/$verb in
    /) items=(${described(groups)}) ;;
${cases.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o 'option' options
  elif (( $#items )); then
    _describe 'command' items
  else
    _files
  fi
}
compdef _orrery orrery
`
}

const optionsOf = ({ options }: VerbWords) => described(options)
const described = (words: readonly Word[]) =>
  words.map(({ word, says }) => quoted(`${word}:${says}`)).join(' ')
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
