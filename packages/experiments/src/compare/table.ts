// The table of a comparison.
import { type Table, tableMarkdown } from "../tables.js";
import type { TrainingFigures } from "../trainingFigures.js";
import type { Rates } from "./rates.js";

/** One line of the table: a run, and what was measured of it. */
export interface Row extends TrainingFigures, Rates {
  /** The generator's title, with the run's name where several share a generator. */
  readonly label: string;
  readonly parameters: number;
  /** Images of a training batch. */
  readonly batch: number;
}

/** The rows as Markdown; `size` is the training size in pixels. */
export function markdown(rows: readonly Row[], size: number): string {
  const table: Table = {
    head: [
      "generator",
      "parameters",
      "batch",
      "steps",
      "ms per step",
      "peak memory, MiB",
      "loss at the end",
      `images/s at ${size} px`,
      "images/s at 32 + 64 + 128 px",
    ],
    rows: rows.map((row) => [
      row.label,
      row.parameters.toLocaleString("en"),
      String(row.batch),
      String(row.steps),
      row.msPerStep,
      row.peakMemoryMiB,
      row.loss,
      row.single,
      row.multi,
    ]),
  };
  return tableMarkdown(table);
}
