// The table of a comparison.
import type { LogEntry } from "@imagefn/runs";

/** One line of the table: a run and what was measured of it. */
export interface Row {
  readonly label: string;
  readonly parameters: number;
  readonly batch: number;
  readonly steps: number;
  /** Time of a training step: the median over the log. */
  readonly msPerStep: number;
  /** Of the process that trained; undefined where the run did not record it. */
  readonly peakMemoryMiB?: number;
  /** Mean over the last tenth of the steps. */
  readonly loss: number;
  /** Images per second at the training size, and over 32, 64 and 128 pixels. */
  readonly single: number;
  readonly multi: number;
}

/** What a run's log says of its consistency training. */
export function trainingFigures(log: readonly LogEntry[]) {
  const lines = log.filter(({ phase, loss }) => phase === "train" && typeof loss === "number") as {
    step: number;
    loss: number;
    msPerStep: number;
  }[];
  const times = lines.map(({ msPerStep }) => msPerStep).sort((a, b) => a - b);
  const steps = lines.at(-1)?.step ?? 0;
  const late = lines.filter(({ step }) => step >= 0.9 * steps);
  const memory = log.map(({ peakMemoryMiB }) => Number(peakMemoryMiB)).filter(Number.isFinite);
  return {
    steps,
    msPerStep: times[Math.floor(times.length / 2)] ?? Number.NaN,
    loss: late.reduce((sum, { loss }) => sum + loss, 0) / late.length,
    peakMemoryMiB: memory.length > 0 ? Math.max(...memory) : undefined,
  };
}

const three = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(3)).toString() : "-");

/** The rows as Markdown. */
export function markdown(rows: readonly Row[], size: number): string {
  const head = [
    "generator",
    "parameters",
    "batch",
    "steps",
    "ms per step",
    "peak memory, MiB",
    "loss at the end",
    `images/s at ${size} px`,
    "images/s at 32 + 64 + 128 px",
  ];
  const lines = rows.map((row) => [
    row.label,
    row.parameters.toLocaleString("en"),
    String(row.batch),
    String(row.steps),
    three(row.msPerStep),
    row.peakMemoryMiB === undefined ? "-" : String(row.peakMemoryMiB),
    three(row.loss),
    three(row.single),
    three(row.multi),
  ]);
  return [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}
