// Everything that training logs: log.jsonl, and the same numbers in the other formats that a configuration asks for.
import { existsSync, rmSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

import { csvLog } from "./csvLog.js";
import { type LogEntry, openLog, readLog } from "./log.js";
import type { OtherLog } from "./otherLog.js";
import type { Phase } from "./position.js";
import type { RunFolder } from "./runFolder.js";
import { tensorboardLog } from "./tensorboardLog.js";

const formats: Readonly<Record<RunFolder["config"]["logs"][number], (path: string) => OtherLog>> = {
  csv: csvLog,
  tensorboard: tensorboardLog,
};

/** Where a run is: a phase and the steps done in it. */
interface Place {
  readonly phase: Phase;
  readonly step: number;
}

/**
 * Opens the logs of a run, which begins anew or goes on from a checkpoint. In the other formats each step is there once:
 * what a killed session logged after its last checkpoint is left out, since those steps are taken again. With `again`, a
 * run that was killed before its first checkpoint begins once more, and nothing of what it logged is kept.
 */
export function openLogs(
  { path, log, config }: Pick<RunFolder, "path" | "log" | "config">,
  from?: Place,
  again = false,
): ReturnType<typeof openLog> {
  if (again) rmSync(log, { force: true });
  const { append } = openLog(log);
  const others = config.logs.map((format) => formats[format](path));
  if ((from || again) && others.length > 0) {
    const before = from && existsSync(log) ? entriesUpTo(log, from) : [];
    for (const other of others) other.begin(before);
  }
  return {
    append(entry) {
      append(entry);
      for (const other of others) other.append(entry);
    },
  };
}

/** The entries of a log up to a place, without those that a later session repeats. */
function entriesUpTo(path: string, from: Place): LogEntry[] {
  let all: LogEntry[];
  try {
    all = readLog(path);
  } catch {
    // The files are made from it for convenience: a line that cannot be read must not stop training.
    return [];
  }
  const kept: LogEntry[] = [];
  for (const entry of all) {
    const at = placeOf(entry);
    if (!at) continue;
    while (kept.length > 0 && isRepeated(kept.at(-1)!, entry)) kept.pop();
    if (!isAfter(at, from)) kept.push(entry);
  }
  return kept;
}

function placeOf({ phase, step }: LogEntry): Place | undefined {
  return (phase === "pretrain" || phase === "train") && typeof step === "number"
    ? { phase, step }
    : undefined;
}

const isAfter = (a: Place, b: Place): boolean =>
  a.phase === b.phase ? a.step > b.step : a.phase === "train";

/** Whether an entry is made again by a later one, which stands further back, or at the same place with the same numbers. */
function isRepeated(earlier: LogEntry, later: LogEntry): boolean {
  const [a, b] = [placeOf(earlier)!, placeOf(later)!];
  if (isAfter(a, b)) return true;
  return isDeepStrictEqual(a, b) && Object.keys(earlier).every((key) => key in later);
}
