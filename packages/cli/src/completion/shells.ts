// Completion scripts for shells.
import type { Shell } from "../options/completion.js";
import type { Completed, CompletedOption, Values } from "./table.js";

type Script = (commands: readonly Completed[]) => string;

/** Words for a command, the word before the cursor and the beginning of the word at it, in the language of sh. */
const words: Script = (commands) => `_imagefn_runs() {
  echo latest
  for run in runs/*/config.yaml; do
    if [ -e "$run" ]; then printf '%s\\n' "\${run%/config.yaml}"; fi
  done
}
_imagefn_words() {
  case "$1:$2:$3" in
${commands.map(cases).join("\n")}
  esac
}`;

const cases = ({ name, options, words, runs }: Completed): string => {
  const valued = options.filter(({ values }) => values !== undefined);
  const line = (patterns: readonly string[], words: readonly string[], runs: boolean) => {
    const print = words.length > 0 ? [`printf '%s\\n' ${words.join(" ")}`] : [];
    const all = patterns.map((pattern) => `${name}:${pattern}`).join("|");
    return `    ${all}) ${[...print, ...(runs ? ["_imagefn_runs"] : [])].join("; ")} ;;`;
  };
  const isKnown = ({ values }: CompletedOption) => values!.words.length > 0 || values!.runs;
  const others = valued.filter((option) => !isKnown(option)).map(({ flag }) => `${flag}:*`);
  return [
    ...valued.filter(isKnown).map(({ flag, values }) => line([`${flag}:*`], values!.words, values!.runs)),
    ...(others.length > 0 ? [line(others, [], false)] : []),
    line(
      ["*:-*"],
      options.map(({ flag }) => flag),
      false,
    ),
    line(["*"], words, runs),
  ].join("\n");
};

const names = (commands: readonly Completed[]) => commands.map(({ name }) => name).join(" ");

// Candidates are compared and quoted one by one: `compgen -W` would run what a folder's name says.
const bash: Script = (commands) => `# bash completion of imagefn
${words(commands)}
_imagefn() {
  local candidate word="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r candidate; do
    if [[ "$candidate" == "$word"* ]]; then
      printf -v candidate %q "$candidate"
      COMPREPLY+=("$candidate")
    fi
  done < <(if [ "$COMP_CWORD" -le 1 ]; then printf '%s\\n' ${names(commands)}
    else _imagefn_words "\${COMP_WORDS[1]}" "\${COMP_WORDS[COMP_CWORD-1]}" "$word"; fi)
}
complete -o default -F _imagefn imagefn
`;

const zsh: Script = (commands) => `# zsh completion of imagefn
${words(commands)}
_imagefn() {
  local -a found
  local command=$words[2] before=$words[CURRENT-1] start=$PREFIX
  if (( CURRENT == 2 )); then found=(${names(commands)})
  else found=("\${(@f)$(emulate sh; _imagefn_words "$command" "$before" "$start")}")
  fi
  compadd -a found || _files
}
compdef _imagefn imagefn
`;

const quote = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;

const fish: Script = (commands) => {
  const valuesText = ({ words, runs }: Values) =>
    words.length + Number(runs) === 0
      ? ""
      : ` -a ${quote([...words, ...(runs ? ["(_imagefn_runs)"] : [])].join(" "))}`;
  const lines = commands.flatMap(({ name, summary, options, ...values }) => {
    const complete = `complete -c imagefn -n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
    return [
      `complete -c imagefn -n __fish_use_subcommand -f -a ${name} -d ${quote(summary)}`,
      ...(valuesText(values) ? [complete + valuesText(values)] : []),
      ...options.map(
        ({ flag, description, values }) =>
          `${complete} -l ${flag.slice(2)}${values ? ` -r${valuesText(values)}` : ""} -d ${quote(description)}`,
      ),
    ];
  });
  return `# fish completion of imagefn
function _imagefn_runs
    echo latest
    for run in runs/*/config.yaml
        string replace -r '/config\\.yaml$' '' -- $run
    end
end
${lines.join("\n")}
`;
};

/** The script of each shell. */
export const scripts: Readonly<Record<Shell, Script>> = { bash, zsh, fish };
