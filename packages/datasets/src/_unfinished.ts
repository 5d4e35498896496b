// Files that are being written. Each name contains the process that writes it, so that files left by a killed
// process can be told from those of a running one, and be taken over.
import { readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { threadId } from "node:worker_threads";

const HOST = hostname().replace(/[^\w-]/g, "_");
const NAME = /^(.+)\.([\w-]+)\.(\d+)\.(\d+)\.(\d+)\.part$/;
const DAY = 24 * 3600 * 1000;

/** The names that this thread is writing to. */
const active = new Set<string>();
let made = 0;

/** A new, unique name beside `file`. Not active: any process may take it over. */
export function newUnfinished(file: string): string {
  return `${file}.${HOST}.${process.pid}.${threadId}.${made++}.part`;
}

/**
 * A path beside `file` to write to, until `release`. If a dead process has left one for the same file, it is
 * taken over under the new name, with its content. Leftovers of other files are removed after a week without
 * changes.
 */
export async function claimUnfinished(file: string): Promise<string> {
  const own = newUnfinished(file);
  active.add(own);
  let claimed = false;
  const folder = dirname(file);
  for (const entry of await readdir(folder)) {
    const found = NAME.exec(entry);
    if (!found) continue;
    const path = join(folder, entry);
    const idle = await stat(path).then(
      (info) => Date.now() - info.mtimeMs,
      () => undefined,
    );
    if (idle === undefined || !isAbandoned(path, found, idle)) continue;
    if (found[1] === basename(file) && !claimed) {
      // If several processes try, one succeeds and the others find the file gone.
      claimed = await rename(path, own).then(
        () => true,
        () => false,
      );
    } else if (idle > 7 * DAY) await rm(path, { force: true }).catch(() => {});
  }
  return own;
}

/** Ends the claim on a path. */
export function release(path: string): void {
  active.delete(path);
}

function isAbandoned(path: string, [, , host, pid, thread]: string[], idle: number): boolean {
  // Process numbers are reused, and those of other machines cannot be checked; but no image takes a day.
  if (idle > DAY) return !active.has(path);
  if (host !== HOST) return false;
  if (Number(pid) === process.pid) return Number(thread) === threadId && !active.has(path);
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
