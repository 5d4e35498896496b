// The files of a run that was trained in a page.
import type { HostArray } from "@imagefn/ops";
import { type Crc32, checkpointName, checkpointParts, stepOf } from "../folder/checkpointFile.js";
import type { LogEntry } from "../folder/log.js";
import type { Position } from "../folder/position.js";
import type { PageRun } from "./pageRun.js";

/** A file of a run: its path in the run folder, and its bytes. */
export interface PageFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The bytes of a checkpoint.
 * @param state as a trainer's `read` gives it
 */
export function checkpointBytes(
  run: PageRun,
  position: Position,
  state: ReadonlyMap<string, HostArray>,
  crc32: Crc32,
): Uint8Array {
  const parts = [...checkpointParts(run, position, state, crc32)];
  const bytes = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** What a page has trained. */
export interface PageTraining {
  readonly minutes: number;
  /** `data.path`: where the images are, as far as the page knows. */
  readonly path: string | null;
  readonly position: Position;
  /** From `checkpointBytes`. */
  readonly checkpoint: Uint8Array;
  readonly log: readonly LogEntry[];
}

/** The files of a run folder: config.yaml, log.jsonl and the checkpoint. */
export function runFiles(run: PageRun, training: PageTraining): PageFile[] {
  const { minutes, path, position, checkpoint, log } = training;
  const text = (content: string) => new TextEncoder().encode(content);
  const yaml = withField(withField(run.yaml, "minutes", minutes), "path", path);
  return [
    { path: "config.yaml", bytes: text(yaml) },
    { path: "log.jsonl", bytes: text(log.map((entry) => `${JSON.stringify(entry)}\n`).join("")) },
    { path: `checkpoints/${checkpointName(stepOf(position))}`, bytes: checkpoint },
  ];
}

/** config.yaml with another value of a field whose name it has once. JSON is YAML. */
const withField = (yaml: string, name: string, value: string | number | null): string =>
  yaml.replace(new RegExp(`^( +${name}: )[^#]*?( #.*)?$`, "m"), (_, start, comment = "") => {
    return `${start}${JSON.stringify(value)}${comment}`;
  });
