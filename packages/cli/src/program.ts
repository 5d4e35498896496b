// The program: parses a command line, runs the command, and turns every failure into a message and an exit code.

import { didYouMean } from "@imagefn/base";
import { version } from "@imagefn/runs/names";
import { Command, CommanderError } from "commander";
import { reportError, UsageError } from "./errors.js";
import { RUN } from "./latest.js";
import type { WiredCommand } from "./options/commandLine.js";

/** Builds the commander program. Errors are thrown, not printed. */
export function buildProgram(commands: readonly WiredCommand[]): Command {
  const program = new Command("imagefn")
    .description("Trains one-step generators of image functions and samples them at any size.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    // Errors are reported in one place, `runProgram`.
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      "after",
      `
Examples:
  imagefn explore avatars              # a small trained model in the browser, at once
  imagefn train --quick                # checks in under a minute that everything works
  imagefn init mine --data ~/pictures  # a configuration for your own pictures

Run \`imagefn COMMAND --help\` for the options and examples of a command.`,
    );
  for (const { define, run } of commands) {
    const command = define(program);
    command.action(() => run(command.args, command.opts()));
  }
  return program;
}

/** Runs a command line (without node and script) and returns the exit code: 0, 1 for failures, 2 for usage. */
export async function runProgram(
  args: readonly string[],
  commands: readonly WiredCommand[],
): Promise<number> {
  const program = buildProgram(commands);
  const names = program.commands.map((command) => command.name());
  try {
    // commander prints the whole help instead.
    if (args[0] === "help" && args.length > 1 && ![...names, "help"].includes(args[1]))
      throw new UsageError(
        `unknown command '${args[1]}'${didYouMean(args[1], names)}. See \`imagefn --help\`.`,
      );
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error);
    if (error.exitCode === 0) return 0;
    // Help shown because no command was given has been printed already.
    if (error.code === "commander.help") return 2;
    const text = plain(error.message.replace(/^error: /, "").replaceAll("\n", " "));
    const stop = /[.?!)]$/.test(text) ? "" : ".";
    const command = program.commands.find((candidate) => candidate.name() === args[0]);
    const help = command === undefined ? "imagefn --help" : `imagefn ${command.name()} --help`;
    return reportError(new UsageError(`${text}${stop} See \`${help}\`.`));
  }
}

/** What commander says, with the nearest of the allowed choices and with what a run is. */
function plain(text: string): string {
  if (text === "missing required argument 'run'") return `${text}: ${RUN}`;
  const [, value, choices] = /'([^']*)' is invalid.* Allowed choices are (.*)\.$/.exec(text) ?? [];
  if (value === undefined) return text;
  const hint = didYouMean(value, choices.split(", "));
  return text
    .replace(/^command-argument value /, "")
    .replace(". Allowed choices", `${hint}. Allowed choices`);
}
