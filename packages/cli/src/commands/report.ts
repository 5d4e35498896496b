// `imagefn report`: a run as a page.
import { openRunFolder } from "@imagefn/runs";
import { writeReport } from "@imagefn/viewer";
import { cleanInterrupt } from "../interrupt.js";
import type { ReportOptions } from "../options/report.js";

export async function run({ run }: ReportOptions): Promise<void> {
  cleanInterrupt();
  process.stdout.write(`${await writeReport(openRunFolder(run))}\n`);
}
