// One training at a time in a run folder: a lock file with the process that trains there.
import { linkSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ImagefnError, isAlive, onFile, quoted, startOf } from "@imagefn/base";

/** The file's name in the run folder. */
export const lockName = ".lock";

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process was started, where the system tells: another one may have its number by now. */
  readonly start?: string;
}

/** Run folders that this process is training in. */
const own = new Set<string>();
let made = 0;

/**
 * Locks a run folder for training, and returns what unlocks it. The lock of a process that is gone is taken over.
 * @throws ImagefnError `busy` with the process that trains there, `details.pid`
 */
export function lockRun(path: string): () => void {
  const file = join(path, lockName);
  // The folder itself: a link is another name of it.
  const key = onFile(path, () => realpathSync(path));
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    start: startOf(process.pid),
  } satisfies Owner);
  // Named as temporary files are, so that what a killed process leaves is removed.
  const spare = join(path, `${lockName}.${process.pid}-${made++}.tmp`);
  try {
    for (let attempt = 0; !onFile(file, () => create(file, spare, mine)); attempt++) {
      const found = read(file);
      const owner = ownerOf(found);
      if (attempt > 9 || (owner && isTraining(owner, key))) throw busy(path, file, owner);
      if (found !== undefined) remove(file, spare, found);
    }
  } finally {
    rmSync(spare, { force: true });
  }
  own.add(key);
  return () => {
    own.delete(key);
    // The folder may be gone, or not writable any longer: training is over all the same.
    try {
      rmSync(file, { force: true });
    } catch {}
  };
}

/** Makes the lock with its content at once, so that nobody finds it empty; false if there is one. */
function create(file: string, spare: string, content: string): boolean {
  try {
    writeFileSync(spare, content);
    try {
      linkSync(spare, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
      // Some file systems have no links.
      writeFileSync(file, content, { flag: "wx" });
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw Object.assign(error as Error, { path: file });
  }
}

/** Removes a stale lock, unless another process has taken it over since it was read: then that one's is put back. */
function remove(file: string, spare: string, stale: string): void {
  try {
    renameSync(file, spare);
    if (read(spare) !== stale) linkSync(spare, file);
  } catch {
    // Another process was faster, which the next attempt finds.
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function ownerOf(text: string | undefined): Owner | undefined {
  try {
    const { pid, host, start } = JSON.parse(text ?? "");
    if (!Number.isInteger(pid) || typeof host !== "string") return undefined;
    return { pid, host, ...(typeof start === "string" ? { start } : {}) };
  } catch {
    return undefined;
  }
}

function isTraining({ pid, host, start }: Owner, key: string): boolean {
  // Nothing is known of the processes of another machine.
  if (host !== hostname()) return true;
  if (pid === process.pid) return own.has(key);
  if (!isAlive(pid)) return false;
  const now = startOf(pid);
  return start === undefined || now === undefined || start === now;
}

function busy(path: string, file: string, owner: Owner | undefined): ImagefnError {
  const where = owner && owner.host !== hostname() ? ` on ${quoted(owner.host)}` : "";
  const by = owner ? `process ${owner.pid}${where}` : "another process";
  return new ImagefnError(
    "busy",
    `${quoted(path)} is being trained by ${by}. Wait for it to end or stop it; if it is gone, remove ${quoted(file)}.`,
    { path, pid: owner?.pid },
  );
}
