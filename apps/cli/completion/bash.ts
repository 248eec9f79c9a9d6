import type { GroupWords, VerbWords } from './words.ts'

/** A script that bash evaluates: nothing is started when a tab is pressed. */
export function bashScript(groups: readonly GroupWords[]): string {
  const cases = groups.flatMap(({ word, own, verbs }) =>
    own === undefined
      ? [
          `    ${word}/) words='${verbs.map((verb) => verb.word).join(' ')}' ;;`,
          ...verbs.map((verb) => `    ${word}/${verb.word}) options='${optionsOf(verb)}' ;;`),
        ]
      : [`    ${word}/*) options='${optionsOf(own)}' ;;`],
  )
  const choices = groups.flatMap(({ word, own, verbs }) =>
    (own === undefined ? verbs : [own]).flatMap((verb) =>
      verb.options
        .filter((option) => option.choices !== undefined && option.word !== '--output')
        .map(
          (option) =>
            `    ${word}/${own === undefined ? verb.word : '*'}:${option.word}) words='${option.choices!.join(' ')}' ;;`,
        ),
    ),
  )
  return `# orrery: completion for bash. In ~/.bashrc: source <(orrery completion bash)
_orrery() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} group= verb= words= options= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    -o | --output | --query | -w | --workspace | --url | --profile) ((i++)) ;;
    -*) ;;
    *) if [[ -z $group ]]; then group=\${COMP_WORDS[i]}; elif [[ -z $verb ]]; then verb=\${COMP_WORDS[i]}; fi ;;
    esac
  done
  COMPREPLY=()
  case $group/$verb:$prev in
    *:-o | *:--output) words='json table tsv yaml' ;;
${choices.join('\n')}
  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  fi
  case $group/$verb in
    /) words='${groups.map(({ word }) => word).join(' ')} --help --version' ;;
${cases.join('\n')}
  esac
  if [[ $cur == -* ]]; then words="$words $options"; fi
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}
complete -o default -F _orrery orrery
`
}

const optionsOf = ({ options }: VerbWords) => options.map(({ word }) => word).join(' ')
