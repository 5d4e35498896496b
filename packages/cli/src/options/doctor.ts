// The command line of `imagefn doctor`.
import type { CommandLine } from "./commandLine.js";

export const doctorLine: CommandLine<object> = {
  define: (program) =>
    program
      .command("doctor")
      .summary("report which engines work here, and how fast")
      .description(
        "Tries every engine on this machine and prints which work, how fast they are, versions, and advice.",
      )
      .addHelpText("after", "\nExamples:\n  imagefn doctor\n  imagefn doctor --json > doctor.json"),
  options: () => ({}),
};
