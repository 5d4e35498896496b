// One training at a time in a run folder: a lock file with the process that trains there.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { ImagefnError, isAlive, onFile, quoted } from "@imagefn/base";

/** The file's name in the run folder. */
export const lockName = ".lock";

interface Owner {
  readonly pid: number;
  readonly host: string;
}

/** Run folders that this process is training in. */
const own = new Set<string>();

/**
 * Locks a run folder for training, and returns what unlocks it. The lock of a process that is gone is taken over.
 * @throws ImagefnError `busy` with the process that trains there, `details.pid`
 */
export function lockRun(path: string): () => void {
  const file = join(path, lockName);
  const key = resolve(path);
  const mine = JSON.stringify({ pid: process.pid, host: hostname() } satisfies Owner);
  for (let attempt = 0; ; attempt++) {
    try {
      onFile(file, () => writeFileSync(file, mine, { flag: "wx" }));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = ownerOf(file);
    // Two that take over the same stale lock at once: one of them finds the other's on its second attempt.
    if (attempt > 0 || (owner && isTraining(owner, key))) throw busy(path, file, owner);
    rmSync(file, { force: true });
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

function ownerOf(file: string): Owner | undefined {
  try {
    const { pid, host } = JSON.parse(readFileSync(file, "utf8"));
    return Number.isInteger(pid) && typeof host === "string" ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

function isTraining({ pid, host }: Owner, key: string): boolean {
  // Nothing is known of the processes of another machine.
  if (host !== hostname()) return true;
  if (pid === process.pid) return own.has(key);
  return isAlive(pid);
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
