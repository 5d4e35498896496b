// What a log in another format than log.jsonl is.
import { withPath } from "@imagefn/base";
import type { LogEntry } from "./log.js";

/** A log in another format. */
export interface OtherLog {
  /** Makes the file anew with entries of earlier sessions, in place: a reader may have it open. */
  begin(entries: readonly LogEntry[]): void;
  /** Adds an entry; one that is not about a step is left out. */
  append(entry: LogEntry): void;
}

/** Runs a job that writes a file. @throws what it throws, with the path */
export function writing(path: string, job: () => void): void {
  try {
    job();
  } catch (error) {
    throw withPath(error, path);
  }
}
