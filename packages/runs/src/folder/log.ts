// A run's log.jsonl: one JSON object per line, appended; a last line cut off by a crash is dropped.
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
} from "node:fs";
import { escaped, ImagefnError, onFile, quoted } from "@imagefn/base";
import { isValues } from "../config/layers.js";

/** One line of the log, such as `{ phase: "train", step: 120, loss: 0.031 }`. */
export type LogEntry = Record<string, unknown>;

/**
 * Opens a log for appending. An incomplete last line, left by a killed run, is removed first,
 * so that it does not run into the next entry.
 */
export function openLog(path: string): {
  /** Writes one line. @throws if the file cannot be written, with its path */
  append(entry: LogEntry): void;
} {
  onFile(path, () => cutTornLine(path));
  return {
    append(entry) {
      onFile(path, () => appendFileSync(path, `${JSON.stringify(entry)}\n`));
    },
  };
}

/** Cuts the file after its last line break, reading backwards: logs get long. */
function cutTornLine(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  const block = Buffer.alloc(4096);
  let end = 0;
  for (let start = size; start > 0 && end === 0; ) {
    const length = Math.min(block.length, start);
    start -= length;
    readSync(file, block, 0, length, start);
    end = block.lastIndexOf("\n", length - 1) + 1;
    if (end > 0) end += start;
  }
  closeSync(file);
  if (end < size) truncateSync(path, end);
}

/** All entries of a log, oldest first. An incomplete last line is ignored; any other broken line is an error. */
export function readLog(path: string): LogEntry[] {
  const lines = onFile(path, () => readFileSync(path, "utf8")).split("\n");
  // After the last line break there is nothing, or a line that was being written.
  lines.pop();
  return lines.map((line, index) => {
    const bad = (what: string) =>
      new ImagefnError(
        "invalid-data",
        `${quoted(path)}, line ${index + 1} is not ${what}: ${escaped(line.slice(0, 40))}. Delete that line to read the rest.`,
        { path, line: index + 1 },
      );
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      throw bad("JSON");
    }
    if (!isValues(entry)) throw bad("an entry of a log");
    return entry;
  });
}
