// Writes the report of a run into its folder.
import { join } from "node:path";
import { writeAtomic } from "@imagefn/base";
import type { RunFolder } from "@imagefn/runs";
import { readContents } from "./contents.js";
import { reportPage } from "./page.js";
import { viewOf } from "./view.js";

/** Writes report.html, one file that needs nothing else, and returns its path. Throws a `ImagefnError` for a broken log. */
export async function writeReport(run: RunFolder): Promise<string> {
  const path = join(run.path, "report.html");
  await writeAtomic(path, reportPage(viewOf(readContents(run))));
  return path;
}
