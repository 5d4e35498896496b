// Writes the report of a run into its folder.
import { join } from "node:path";
import type { RunFolder } from "../runFolder.js";
import { writeAtomic } from "../writeAtomic.js";
import { readContents } from "./contents.js";
import { reportPage } from "./page.js";
import { viewOf } from "./view.js";

/** Writes report.html, one file that needs nothing else, and returns its path. Throws a `UserError` for a broken log. */
export async function writeReport(run: RunFolder): Promise<string> {
  const path = join(run.path, "report.html");
  await writeAtomic(path, reportPage(viewOf(readContents(run))));
  return path;
}
