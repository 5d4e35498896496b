// `imagefn doctor`: reports which engines work on this machine, how fast they are, and what to do.
import { examine } from "@imagefn/runs";
import { adviceFor } from "../advice.js";
import { reportText } from "../doctorText.js";
import type { DoctorOptions } from "../options/doctor.js";

/** Prints a report, as text or JSON. Exit code 1 when nothing here can run a network. */
export async function run({ json }: DoctorOptions): Promise<void> {
  const found = await examine((name) => process.stderr.write(`trying ${name} ...\n`));
  const report = { ...found, advice: adviceFor(found) };
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
  if (report.auto.engine === undefined) process.exitCode = 1;
}
