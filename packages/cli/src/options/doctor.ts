// The command line of `imagefn doctor`.
import type { CommandLine } from "./commandLine.js";

/** What `imagefn doctor` is asked to do. */
export interface DoctorOptions {
  /** Print one JSON object in place of text. */
  json: boolean;
}

export const doctorLine: CommandLine<DoctorOptions> = {
  define: (program) =>
    program
      .command("doctor")
      .summary("report which engines work here, and how fast")
      .description(
        "Tries every engine on this machine and prints which work, how fast they are, versions, and advice.",
      )
      .option("--json", "print JSON")
      .addHelpText("after", "\nExamples:\n  imagefn doctor\n  imagefn doctor --json > doctor.json"),
  options: (_args, flags) => ({ json: flags.json === true }),
};
