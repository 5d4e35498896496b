// `imagefn report`: a run as a page.
import { quoted } from "@imagefn/base";
import { openRunFolder } from "@imagefn/runs";
import { writeReport } from "@imagefn/viewer";
import { cleanInterrupt } from "../interrupt.js";
import type { ReportOptions } from "../options/report.js";
import type { Print } from "../output.js";

export async function run({ run }: ReportOptions, print: Print): Promise<object> {
  cleanInterrupt();
  const report = await writeReport(openRunFolder(run));
  print(`${quoted(report)}\n`);
  return { run, report };
}
