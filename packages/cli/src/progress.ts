// Progress of a long job: one redrawn line on a terminal, a plain line every few seconds elsewhere.
import { formatDuration, type Progress, type ProgressWriter } from "@imagefn/runs";
import { visible } from "./visible.js";

/** One line of text. `bar` is the width of the bar in characters, 0 for none. */
export function formatProgress(progress: Progress, bar = 0): string {
  const { phase, step, total, unit = "steps", loss, stepsPerSecond, secondsLeft } = progress;
  const parts = [phase.padEnd(8)];
  if (total !== null && bar > 0) {
    const filled = Math.min(bar, Math.floor((bar * step) / Math.max(1, total)));
    parts.push(`[${"#".repeat(filled)}${"-".repeat(bar - filled)}]`);
  }
  parts.push(total === null ? `${step}` : `${String(step).padStart(String(total).length)}/${total}`);
  if (loss !== undefined) parts.push(`loss ${Number.isFinite(loss) ? loss.toPrecision(4) : loss}`);
  if (stepsPerSecond !== undefined) parts.push(`${rate(stepsPerSecond)} ${unit}/s`);
  if (secondsLeft !== undefined) parts.push(`${formatDuration(secondsLeft)} left`);
  return visible(parts.join("  "));
}

/** Three digits, without an exponent. */
const rate = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** Where progress is written: `process.stderr`, or a stand-in. */
export interface ProgressStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/**
 * A progress writer. On a terminal the line is redrawn at most 10 times a second; otherwise a line is printed
 * every 5 seconds. The first and last state of each phase are always shown.
 * `now` gives milliseconds and is replaced in tests.
 */
export function createProgress(
  stream: ProgressStream = process.stderr,
  now: () => number = () => performance.now(),
): ProgressWriter {
  const tty = stream.isTTY === true;
  const interval = tty ? 100 : 5000;
  const speed = speedMeter(now);
  let current: Progress | undefined;
  let drawn: Progress | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;

  const draw = () => {
    if (current === undefined) return;
    if (tty) {
      // One column is left free: terminals wrap a line that fills the last one.
      const columns = (stream.columns ?? 80) - 1;
      const bar = Math.min(30, columns - formatProgress(current).length - 4);
      stream.write(`\r${formatProgress(current, bar >= 8 ? bar : 0).slice(0, columns)}\x1b[K`);
    } else {
      stream.write(`${formatProgress(current)}\n`);
    }
    drawn = current;
    drawnAt = now();
  };

  const finish = () => {
    if (current === undefined) return;
    if (drawn !== current) draw();
    if (tty) stream.write("\n");
    current = undefined;
    drawnAt = Number.NEGATIVE_INFINITY;
  };

  return {
    update(progress) {
      if (current !== undefined && current.phase !== progress.phase) finish();
      const stepsPerSecond = progress.stepsPerSecond ?? speed(progress);
      const left = progress.total === null ? undefined : progress.total - progress.step;
      const secondsLeft =
        progress.secondsLeft ??
        (stepsPerSecond && left !== undefined ? Math.max(0, left) / stepsPerSecond : undefined);
      current = { ...progress, stepsPerSecond, secondsLeft };
      if (now() - drawnAt >= interval) draw();
    },
    message(text) {
      if (tty && current !== undefined) stream.write("\r\x1b[K");
      stream.write(`${visible(text)}\n`);
      if (tty) draw();
    },
    done: finish,
  };
}

/** Steps per second over the last 15 seconds of a phase; undefined before the second update. */
function speedMeter(now: () => number): (progress: Progress) => number | undefined {
  const windowMs = 15_000;
  let phase: string | undefined;
  let marks: { at: number; step: number }[] = [];
  return (progress) => {
    if (progress.phase !== phase || progress.step < (marks.at(-1)?.step ?? 0)) {
      phase = progress.phase;
      marks = [];
    }
    const at = now();
    const [first] = marks;
    // Marks at least 0.2 s apart keep the list short, however fast the steps are.
    if (marks.length === 0 || at - marks[marks.length - 1].at >= 200) marks.push({ at, step: progress.step });
    while (marks.length > 2 && at - marks[0].at > windowMs) marks.shift();
    if (first === undefined || at <= first.at || progress.step <= first.step) return undefined;
    return ((progress.step - first.step) * 1000) / (at - first.at);
  };
}
