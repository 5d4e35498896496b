// The pace of a phase with a time budget, on a clock of the test's own.
import t from "tap";
import { paceOf } from "../dist/training/pace.js";

interface Load {
  readonly budget: number;
  /** Seconds of a step at a time. */
  readonly step: (now: number) => number;
  /** What the first measurement gave. */
  readonly measured: number;
  /** Pauses, as for a preview: [after this time, for so long]. */
  readonly pauses?: readonly (readonly [number, number])[];
}

/** Runs a phase to its end: when it ends, how many steps it has, and its progress after each. */
function simulate({ budget, step, measured, pauses = [] }: Load) {
  let now = 0;
  const waiting = [...pauses];
  const pace = paceOf({ seconds: budget, elapsed: () => now, perStep: measured });
  const seen: number[] = [];
  let longest = 0;
  while (pace.progress < 1) {
    const took = step(now);
    now += took;
    longest = Math.max(longest, took);
    pace.advance(took);
    seen.push(pace.progress);
    if (waiting.length > 0 && now >= waiting[0][0]) now += waiting.shift()![1];
    if (seen.length > 1e6) throw new Error("it never ends");
  }
  return { end: now, seen, longest, left: pace.left };
}

t.test("an even speed gives even progress and ends on time", async (t) => {
  const { end, seen, left } = simulate({ budget: 60, step: () => 0.1, measured: 0.1 });
  t.ok(Math.abs(end - 60) < 0.2, `${end}`);
  t.ok(Math.abs(seen[299] - 0.5) < 0.005, `half way at half the time: ${seen[299]}`);
  t.equal(left, 0);
});

for (const factor of [2, 0.5])
  t.test(`the load changes by ${factor} at any moment`, async (t) => {
    for (const budget of [30, 60, 480])
      for (const base of [0.004, 0.15, 0.9])
        for (const share of [0.02, 0.3, 0.5, 0.8, 0.95, 0.99]) {
          const step = (now: number) => (now < share * budget ? base : base * factor);
          const { end, longest } = simulate({ budget, step, measured: base });
          const off = Math.abs(end - budget);
          t.ok(off <= 0.05 * budget + longest, `${budget} s, ${base} s a step, at ${share}: ${end}`);
        }
  });

t.test("a wrong first measurement, noise, and pauses for previews", async (t) => {
  let i = 0;
  const noisy = () => 0.05 * (1 + 0.8 * Math.sin(i++ * 12.9898));
  for (const measured of [0.005, 0.05, 0.5]) {
    const pauses = [
      [10, 3],
      [20, 3],
      [40, 5],
    ] as const;
    const { end, seen, longest } = simulate({ budget: 60, step: noisy, measured, pauses });
    t.ok(Math.abs(end - 60) <= 3 + longest, `${measured}: ${end}`);
    t.ok(
      seen.every((p, k) => p > (seen[k - 1] ?? 0)),
      "progress never stands still or goes back",
    );
    t.equal(seen.at(-1), 1);
  }
});

t.test(
  "the last step is at the end of the schedule, also where a step takes longer than the time",
  async (t) => {
    t.same(simulate({ budget: 1, step: () => 5, measured: 5 }).seen, [1], "it is the only one");
    t.same(
      simulate({ budget: 1, step: () => 5, measured: 0.2 }).seen,
      [0.5, 1],
      "which was not known before",
    );
  },
);

t.test("a sitting goes on where another stopped", async (t) => {
  let now = 40;
  const pace = paceOf({ seconds: 60, elapsed: () => now, perStep: 0.1, progress: 0.5 });
  t.equal(pace.left, 200);
  while (pace.progress < 1) {
    now += 0.1;
    pace.advance(0.1);
  }
  t.ok(Math.abs(now - 60) < 0.3, `${now}`);
});
