// The newest run, for callers who do not want to name it.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ImagefnError, quoted } from "@imagefn/base";

/** What stands for the newest run, unless a folder has that name. */
const LATEST = "latest";

/** What cannot be looked at is not a run to choose. */
function stat(path: string) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** When a run was last written to: its log grows until it ends. Undefined if the folder is not a run. */
function lastWrite(path: string): number | undefined {
  const config = stat(join(path, "config.yaml"));
  if (!config?.isFile()) return undefined;
  return Math.max(config.mtimeMs, stat(join(path, "log.jsonl"))?.mtimeMs ?? 0);
}

/**
 * The run folder in `root` whose log or configuration was written last. Without a `root` the folder is `runs`, and a
 * folder that is itself called `latest` comes first.
 * @returns its path, which begins with `root`
 * @throws ImagefnError `not-a-run` if there is none
 */
export async function latestRun(root?: string): Promise<string> {
  if (root === undefined && stat(LATEST)?.isDirectory()) return LATEST;
  const folder = root ?? "runs";
  const names = stat(folder)?.isDirectory() ? readdirSync(folder).sort() : [];
  const runs = names.flatMap((name) => {
    const path = join(folder, name);
    const time = lastWrite(path);
    return time === undefined ? [] : [{ path, time }];
  });
  if (runs.length === 0)
    throw new ImagefnError(
      "not-a-run",
      `there is no run in ${quoted(folder)} yet, so there is no latest one.`,
      {
        path: folder,
        runs: [],
      },
    );
  return runs.reduce((newest, run) => (run.time >= newest.time ? run : newest)).path;
}
