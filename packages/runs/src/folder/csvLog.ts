// log.csv: a row for each entry of the log, for spreadsheets and data frames.
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LogEntry } from "./log.js";
import { type OtherLog, writing } from "./otherLog.js";

/** What entries contain; a cell is empty where an entry has no such number. */
const columns = [
  ...["phase", "step", "total", "seconds", "loss", "learningRate", "N", "gradientNorm", "msPerStep"],
  ...["peakMemoryMiB", "heldOutPsnr", "denoisingDistance", "denoisingRmse", "sampleSpread"],
  "heldOutDetailPsnr",
];

const row = (cells: readonly unknown[]) => `${cells.map((cell) => cell ?? "").join(",")}\n`;
const rowOf = (entry: LogEntry) => row(columns.map((name) => entry[name]));

/** The CSV file of a run folder. */
export function csvLog(folder: string): OtherLog {
  const path = join(folder, "log.csv");
  const begin = (entries: readonly LogEntry[]) =>
    writing(path, () => writeFileSync(path, row(columns) + entries.map(rowOf).join("")));
  return {
    begin,
    append(entry) {
      if (entry.step === undefined) return;
      if (!existsSync(path)) begin([]);
      writing(path, () => appendFileSync(path, rowOf(entry)));
    },
  };
}
