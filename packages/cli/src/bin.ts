#!/usr/bin/env node
// The executable `imagefn`.
import { commands } from "./commands.js";
import { watchStandardOutput } from "./output.js";
import { runProgram } from "./program.js";

watchStandardOutput();
// A terminal or a reader that is gone, or a full disk behind it, must not end the work that it showed.
process.stderr.on("error", () => {});

// Setting the exit code instead of exiting lets all output reach a pipe. A command may have set one, as after Ctrl-C.
const code = await runProgram(process.argv.slice(2), commands);
process.exitCode ||= code;
// A natural end takes down the handlers of signals before the process is gone, and a signal in between would change its status.
process.once("beforeExit", () => process.exit());
