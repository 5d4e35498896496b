// Searches a folder for images, and notes what it leaves out that a user may have wanted.
import { type Stats, statSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { extname } from "node:path";
import { quoted } from "@imagefn/base";
import { type Entry, entriesOf, isHidden } from "./_folderEntries.js";
import type { ImageFile } from "./_imageFile.js";
import { overlooked } from "./_overlooked.js";
import { reasonOf } from "./_reason.js";
import { shownCount } from "./dataset.js";

/** Endings that cameras, browsers and systems give to the three formats. */
const ENDINGS = new Set([".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".webp"]);

/** Entries of folders that are left out which are looked at, to count the images in them: a folder may contain a whole `.git`. */
const HIDDEN_ENTRIES = 20_000;

/** What `scanImages` finds. */
export interface Scan {
  /** In the order of their paths. */
  files: ImageFile[];
  /** What was left out, one sentence each. */
  warnings: string[];
  /** The warnings as sentences that can follow another: for an error where no file is left. */
  note: string;
}

/** Folders whose images are results of something and not data. */
export interface LeaveOut {
  /** What they are, in the plural, for the warning. */
  readonly title: string;
  /** Whether a folder is one, by the names of what it contains. */
  fits(names: ReadonlySet<string>): boolean;
}

interface State {
  found: ImageFile[];
  /** Images in hidden folders, or with hidden names. */
  hidden: number;
  /** Entries of folders that are left out which may still be looked at. */
  budget: number;
  /** Sub-folders that cannot be read, and why. */
  closed: { path: string; reason: string }[];
  /** Files with other endings. */
  others: Entry[];
  readonly leaveOut?: LeaveOut;
  /** Images in folders that it fits. */
  left: number;
}

/**
 * The images under `root` as `listImages` finds them, and what was left out: also folders that `leaveOut` fits. Throws if `root` is missing, not a folder, or
 * cannot be read.
 */
export async function scanImages(root: string, leaveOut?: LeaveOut): Promise<Scan> {
  const info = await stat(root).catch((error: Error) => {
    throw cannotOpen(root, error);
  });
  if (!info.isDirectory()) {
    throw new Error(
      `datasets: ${quoted(root)} is not a folder (got a file, expected a folder of images); use its folder`,
    );
  }
  const state: State = {
    ...{ found: [], hidden: 0, budget: HIDDEN_ENTRIES, closed: [], others: [] },
    ...{ leaveOut, left: 0 },
  };
  await walk(root, "", new Set(), state);
  const { found, hidden, budget, closed, others, left } = state;
  const atLeast = budget > 0 ? "" : "at least ";
  const warnings = closed.map(
    ({ path, reason }) => `datasets: sub-folder ${quoted(path)} cannot be read (${reason}) and is left out`,
  );
  if (hidden > 0) {
    warnings.push(
      `datasets: left out ${atLeast}${shownCount(hidden)} in ${quoted(root)}: hidden, or in a hidden or system folder (thumbnails, recycle bins)`,
    );
  }
  if (left > 0)
    warnings.push(
      `datasets: left out ${atLeast}${shownCount(left)} in ${quoted(root)}: they are in ${leaveOut!.title}`,
    );
  warnings.push(...overlooked(root, others));
  return {
    files: found.sort((a, b) => (a.relative < b.relative ? -1 : 1)),
    warnings,
    note: warnings.map((text) => ` ${text[10].toUpperCase()}${text.slice(11)}.`).join(""),
  };
}

async function walk(
  folder: string | Buffer,
  prefix: string,
  above: Set<string>,
  state: State,
): Promise<void> {
  let real: string;
  let entries: Entry[];
  try {
    // A link to a folder above would be followed forever.
    real = await realpath(folder);
    if (above.has(real)) return;
    entries = await entriesOf(folder);
  } catch (error) {
    if (prefix === "" || !isClosed(error)) throw cannotOpen(folder.toString(), error);
    state.closed.push({ path: prefix.slice(0, -1), reason: reasonOf(error) });
    return;
  }
  if (state.leaveOut?.fits(new Set(entries.map(({ name }) => name)))) {
    state.left += await countIn(entries, state);
    return;
  }
  for (const one of entries) {
    const { name, path, entry } = one;
    const isImage = ENDINGS.has(extname(name).toLowerCase());
    if (isHidden(name)) {
      state.hidden += await countHidden(one, isImage, state);
      continue;
    }
    if (!isImage && entry.isFile()) {
      state.others.push(one);
      continue;
    }
    const info = look(path);
    const relative = prefix + name;
    if (info?.isDirectory()) await walk(path, `${relative}/`, new Set([...above, real]), state);
    else if (info?.isFile() && !isImage) state.others.push(one);
    // What cannot be looked at is only wanted if its name is that of an image: reading it will say what is wrong.
    else if (isImage && (!info || info.isFile()))
      state.found.push({ relative, path, bytes: info?.size ?? 0, modified: info?.mtimeMs ?? 0 });
  }
}

/** Synchronous: asynchronous calls take four times as long, 15 seconds for 200,000 files. */
function look(path: string | Buffer): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The images in a folder that is left out, or 1 for such an image. */
async function countHidden({ path, entry }: Entry, isImage: boolean, state: State): Promise<number> {
  if (!entry.isDirectory()) return Number(isImage);
  if (state.budget <= 0) return 0;
  const entries = await entriesOf(path).catch(() => []);
  state.budget -= entries.length;
  return countIn(entries, state);
}

async function countIn(entries: readonly Entry[], state: State): Promise<number> {
  let count = 0;
  for (const one of entries)
    count += await countHidden(one, ENDINGS.has(extname(one.name).toLowerCase()), state);
  return count;
}

/** Whether an error is about one folder. Others, such as too many open files, are not the folder's fault. */
function isClosed(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EACCES" || code === "EPERM" || code === "ENOENT" || code === "ELOOP" || code === "ENOTDIR";
}

function cannotOpen(folder: string, error: unknown): Error {
  return new Error(
    `datasets: cannot open the image folder ${quoted(folder)} (${reasonOf(error)}); check the path`,
  );
}
