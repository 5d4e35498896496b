// Images among the files whose endings are not those of images.
import { closeSync, openSync, readSync } from "node:fs";
import { extname } from "node:path";
import { quoted } from "@imagefn/base";
import type { Entry } from "./_folderEntries.js";
import { type FileKind, HEAD_BYTES, kindOf } from "./_kind.js";
import { shownCount } from "./dataset.js";

/** Files of one ending that are looked into before it is taken for an ending of other things: text beside each image. */
const SAMPLE = 100;

/** Files that a sentence names. */
const NAMED = 3;

/** A sentence on the files that are images of a format that can be read, and one on those of other formats. */
export function overlooked(root: string, files: readonly Entry[]): string[] {
  const byEnding = new Map<string, Entry[]>();
  for (const file of files) {
    const ending = extname(file.name).toLowerCase();
    if (!byEnding.has(ending)) byEnding.set(ending, []);
    byEnding.get(ending)!.push(file);
  }
  const readable: string[] = [];
  const other: string[] = [];
  for (const list of byEnding.values()) {
    let pictures = 0;
    for (const [i, file] of list.entries()) {
      if (i === SAMPLE && pictures === 0) break;
      const kind = kindOfFile(file.path);
      if (!kind?.picture) continue;
      pictures++;
      if (kind.readable) readable.push(quoted(file.name));
      else other.push(`${quoted(file.name)} is ${kind.shown}`);
    }
  }
  const left = (names: string[], why: string) =>
    `datasets: left out ${shownCount(names.length)} in ${quoted(root)}, ${why} (${names.slice(0, NAMED).join(", ")}` +
    `${names.length > NAMED ? `, and ${names.length - NAMED} more` : ""})`;
  return [
    ...(readable.length > 0
      ? [`${left(readable, "because of the ending of the name")}; rename to .png, .jpg or .webp`]
      : []),
    ...(other.length > 0
      ? [`${left(other, "because only PNG, JPEG and WebP are read")}; convert to one of these`]
      : []),
  ];
}

function kindOfFile(path: string | Buffer): FileKind | undefined {
  try {
    const fd = openSync(path, "r");
    try {
      const head = new Uint8Array(HEAD_BYTES);
      return kindOf(head.subarray(0, readSync(fd, head)));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
