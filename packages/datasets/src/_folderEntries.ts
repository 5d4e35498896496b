// What is in a folder, with names that are not UTF-8, and without what systems put into folders of pictures.

import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

export interface Entry {
  /** The name; bytes that are not UTF-8 are shown as "\xE9". */
  name: string;
  /** What to open it with. */
  path: string | Buffer;
  entry: Dirent;
}

/** Folders and files of file systems, NAS and archivers, in lower case. */
const SYSTEM_NAMES = new Set([
  "@eadir",
  "@recycle",
  "#recycle",
  "#snapshot",
  "$recycle.bin",
  "__macosx",
  "lost+found",
  "system volume information",
  "thumbs.db",
]);

/** Whether a file or folder is hidden or of the system: thumbnails, recycle bins, "._photo.jpg" of macOS. */
export function isHidden(name: string): boolean {
  return name.startsWith(".") || SYSTEM_NAMES.has(name.toLowerCase());
}

/** The entries of a folder. Throws as `readdir` does. */
export async function entriesOf(folder: string | Buffer): Promise<Entry[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (typeof folder === "string" && !entries.some(({ name }) => name.includes("\ufffd")))
    return entries.map((entry) => ({ name: entry.name, path: join(folder, entry.name), entry }));
  // Such a name, read as text, opens nothing: it is read again as bytes.
  const raw = await readdir(folder, { withFileTypes: true, encoding: "buffer" as "utf8" });
  return raw.map((entry) => {
    const bytes = entry.name as unknown as Buffer;
    return {
      name: shownBytes(bytes),
      path: Buffer.concat([Buffer.from(folder), Buffer.from("/"), bytes]),
      entry,
    };
  });
}

/** The text of a name, with "\xE9" for bytes that are not UTF-8. */
function shownBytes(name: Buffer): string {
  let text = "";
  for (let at = 0; at < name.length; ) {
    const length = [1, 2, 3, 4].find((n) => at + n <= name.length && isText(name.subarray(at, at + n)));
    text += length
      ? name.toString("utf8", at, at + length)
      : `\\x${name[at].toString(16).toUpperCase().padStart(2, "0")}`;
    at += length ?? 1;
  }
  return text;
}

function isText(bytes: Buffer): boolean {
  return Buffer.compare(Buffer.from(bytes.toString("utf8")), bytes) === 0;
}
