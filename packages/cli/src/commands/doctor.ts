// `imagefn doctor`: reports which engines work on this machine, how fast they are, and what to do.
import { examine } from "@imagefn/runs";
import { adviceFor } from "../advice.js";
import { reportText } from "../doctorText.js";
import type { Print } from "../output.js";

/** Prints a report. Exit code 1 when nothing here can run a network. */
export async function run(_options: object, print: Print): Promise<object> {
  const found = await examine((name) => process.stderr.write(`trying ${name} ...\n`));
  const report = { ...found, advice: adviceFor(found) };
  print(reportText(report));
  if (report.auto.engine === undefined) process.exitCode = 1;
  return report;
}
