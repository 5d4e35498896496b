// `imagefn report`: a run as a page.
import type { ReportOptions } from "../options/report.js";
import { writeReport } from "../report/write.js";
import { openRunFolder } from "../runFolder.js";
import { cleanInterrupt } from "../writeAtomic.js";

export async function run({ run }: ReportOptions): Promise<void> {
  cleanInterrupt();
  process.stdout.write(`${await writeReport(openRunFolder(run))}\n`);
}
