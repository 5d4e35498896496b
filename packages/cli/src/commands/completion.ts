// `imagefn completion`: a script with which a shell completes the command.
import type { Command } from "commander";
import { scripts } from "../completion/shells.js";
import { completedCommands } from "../completion/table.js";
import type { CompletionOptions } from "../options/completion.js";
import type { Print } from "../output.js";

export function run({ shell }: CompletionOptions, print: Print, program: Command): object {
  const script = scripts[shell](completedCommands(program));
  print(script);
  return { shell, script };
}
