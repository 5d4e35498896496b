// Reads a log that is still being written: each call reads only what is new.
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import type { LogEntry } from "@imagefn/runs";

/**
 * A function that returns all entries of a log so far. An incomplete last line is left for the next call, and a line
 * that is not JSON is skipped. A file that has become shorter is read again from its start.
 */
export function followLog(path: string): () => readonly LogEntry[] {
  let entries: LogEntry[] = [];
  let position = 0;
  return () => {
    if (!existsSync(path)) return entries;
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      if (size < position) {
        entries = [];
        position = 0;
      }
      const bytes = Buffer.alloc(size - position);
      const length = readSync(file, bytes, 0, bytes.length, position);
      const end = bytes.subarray(0, length).lastIndexOf("\n") + 1;
      position += end;
      for (const line of bytes.toString("utf8", 0, end).split("\n")) {
        const entry = parsed(line);
        if (entry) entries.push(entry);
      }
    } finally {
      closeSync(file);
    }
    return entries;
  };
}

function parsed(line: string): LogEntry | undefined {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return undefined;
  }
}
