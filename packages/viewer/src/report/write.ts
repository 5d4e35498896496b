// Writes the report of a run into its folder.
import { join } from "node:path";
import { writeAtomic } from "@imagefn/base";
import type { RunFolder } from "@imagefn/runs";
import { readContents } from "./contents.js";
import { reportPage } from "./page.js";
import { viewOf } from "./view.js";

/**
 * Writes the report of a run as `report.html` into its folder and returns the path: one file that loads nothing else,
 * with curves, samples, metrics, configuration and environment.
 * @throws ImagefnError if a line of the log is damaged
 */
export async function writeReport(run: RunFolder): Promise<string> {
  const path = join(run.path, "report.html");
  await writeAtomic(path, reportPage(viewOf(readContents(run))));
  return path;
}
