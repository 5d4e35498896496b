// The command line of `imagefn completion`.
import { Argument } from "commander";
import type { CommandLine } from "./commandLine.js";

const shells = ["bash", "zsh", "fish"] as const;

/** A shell that has a script. */
export type Shell = (typeof shells)[number];

/** What `imagefn completion` is asked to print. */
export interface CompletionOptions {
  shell: Shell;
}

export const completionLine: CommandLine<CompletionOptions> = {
  define: (program) =>
    program
      .command("completion")
      .summary("print a script that lets a shell complete commands, options, presets and runs")
      .description("Prints a completion script for a shell, made from the commands of this version.")
      .addArgument(new Argument("<shell>", "the shell").choices(shells))
      .addHelpText(
        "after",
        `
Add one of these lines to a file that your shell reads when it starts:
  source <(imagefn completion bash)        ~/.bashrc
  source <(imagefn completion zsh)         ~/.zshrc, after compinit
  imagefn completion fish | source         ~/.config/fish/config.fish`,
      ),
  options: ([shell]) => ({ shell: shell as Shell }),
};
