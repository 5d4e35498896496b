// What every half of the benchmark shares: the clock, the median, the peak of memory, the one line of JSON.
import { readFileSync } from "node:fs";

/** Milliseconds of each of `steps` calls of `work` (awaited) after `warmup` calls that do not count. */
export async function clock(work, steps, warmup) {
  const times = [];
  for (let i = 0; i < warmup + steps; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.slice(warmup);
}

/** The middle value, or the mean of the two middle ones. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Peak resident memory of this process in MiB (VmHWM; elsewhere than on Linux what getrusage says). */
export function peakMiB() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

/** Prints `facts` and the timing as the one JSON line that run.mjs reads. */
export function report(facts, msPerStep) {
  const timing = {
    msPerStep: msPerStep.map((ms) => round(ms, 3)),
    medianMs: round(median(msPerStep), 3),
    peakMiB: round(peakMiB(), 1),
  };
  console.log(JSON.stringify({ ...facts, ...timing }));
}

/** GFLOP/s of a [size, size] x [size, size] product that takes `ms` milliseconds. */
export function gflops(size, ms) {
  return round((2 * size ** 3) / (ms * 1e6), 2);
}

/** Ends the process as "cannot run here, and that is no failure": code 3 and one line of advice. */
export function skip(message) {
  console.error(message);
  process.exit(3);
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
