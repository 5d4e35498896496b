// Writes a file so that it always has either its old or its new content, complete.
import { readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { withPath } from "./fileError.js";
import { isAlive } from "./isAlive.js";

let written = 0;
/** Temporary files being written. */
const unfinished = new Set<string>();

/** Matches the names of the temporary files of `writeAtomic`; the number of the process is the group. */
export const temporaryName = /^\..+\.(\d+)-\d+\.tmp$/;

/**
 * Writes `path` through a temporary file in the same folder: write, sync to disk, rename over `path`.
 * `content` is the bytes, or a function that writes them in parts through a handle.
 * On failure the old file is unchanged, the temporary file is removed and the error is thrown, with the path.
 */
export async function writeAtomic(
  path: string,
  content: Uint8Array | string | ((handle: FileHandle) => Promise<void>),
): Promise<void> {
  const folder = dirname(path);
  const temporary = resolve(folder, `.${basename(path)}.${process.pid}-${written++}.tmp`);
  unfinished.add(temporary);
  try {
    const handle = await open(temporary, "wx");
    try {
      if (typeof content === "function") await content(handle);
      else await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw onPath(error, temporary, path);
  } finally {
    unfinished.delete(temporary);
  }
  await syncFolder(folder);
}

/** An error with the path of the file, in place of that of its temporary file, which nobody has heard of. */
function onPath(error: unknown, temporary: string, path: string): unknown {
  const named = withPath(error, path) as NodeJS.ErrnoException;
  if (named?.path !== temporary) return named;
  named.path = path;
  // A rename names both.
  named.message = named.message.replaceAll(temporary, path).replace(` -> '${path}'`, "");
  return named;
}

/** Removes the temporary files that this thread is writing, for a process that is about to exit. */
export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}

/**
 * Removes the temporary files in a folder that nobody is writing any longer: those of processes of this machine that are
 * gone, and of threads of this process that are. Does nothing where the folder cannot be read.
 */
export function removeAbandoned(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    const pid = Number(temporaryName.exec(name)?.[1] ?? Number.NaN);
    const path = resolve(folder, name);
    const isWritten = pid === process.pid ? unfinished.has(path) : Number.isNaN(pid) || isAlive(pid);
    if (isWritten) continue;
    try {
      rmSync(path, { force: true });
    } catch {
      // It is in nobody's way.
    }
  }
}

/** Makes the rename itself durable. Some systems cannot sync a folder; the file is complete anyway. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The file is fine.
  }
}
