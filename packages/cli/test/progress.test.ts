// Progress lines, with a clock under the test's control.

import { formatDuration } from "@imagefn/runs";
import t from "tap";
import { createProgress, formatProgress } from "../dist/progress.js";

/** A stream that collects what is written, and a clock in milliseconds that the test moves. */
function harness(isTTY: boolean, columns = 100) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { write: (text: string) => written.push(text), isTTY, columns };
  return { written, clock, progress: createProgress(stream, () => clock.ms) };
}

t.test("durations", async (t) => {
  t.equal(formatDuration(0), "0:00");
  t.equal(formatDuration(4.2), "0:05");
  t.equal(formatDuration(302), "5:02");
  t.equal(formatDuration(59.5), "1:00");
  t.equal(formatDuration(3723), "1:02:03");
});

t.test("one line", async (t) => {
  const state = {
    phase: "train",
    step: 1000,
    total: 4000,
    loss: 0.012345,
    stepsPerSecond: 9.317,
    secondsLeft: 322,
  };
  t.equal(formatProgress(state), "train     1000/4000  loss 0.01235  9.32 steps/s  5:22 left");
  t.equal(formatProgress(state, 8), "train     [##------]  1000/4000  loss 0.01235  9.32 steps/s  5:22 left");
  t.equal(formatProgress({ phase: "pretrain", step: 7, total: null }), "pretrain  7");
  t.equal(
    formatProgress({ phase: "render", step: 7, total: 99, unit: "rows", stepsPerSecond: 1234.5 }),
    "render     7/99  1235 rows/s",
  );
  t.equal(formatProgress({ phase: "train", step: 7, total: 1000 }), "train        7/1000");
  t.match(formatProgress({ phase: "train", step: 1, total: 2, loss: Number.NaN }), "loss NaN");
});

t.test("on a terminal the line redraws at most 10 times a second", async (t) => {
  const { written, clock, progress } = harness(true);
  for (let step = 0; step <= 1000; step++) {
    clock.ms = step;
    progress.update({ phase: "train", step, total: 2000 });
  }
  t.equal(written.length, 11);
  t.ok(written[0].startsWith("\rtrain ") && written[0].endsWith("\x1b[K"));
  t.match(written[10], /1000\/2000 {2}1000 steps\/s {2}0:01 left/);
});

t.test("elsewhere a plain line is printed every 5 seconds, and the last state always", async (t) => {
  const { written, clock, progress } = harness(false);
  for (let step = 0; step <= 121; step++) {
    clock.ms = step * 100;
    progress.update({ phase: "train", step, total: 121, loss: 0.5 });
  }
  progress.done();
  t.same(written, [
    "train       0/121  loss 0.5000\n",
    "train      50/121  loss 0.5000  10.0 steps/s  0:08 left\n",
    "train     100/121  loss 0.5000  10.0 steps/s  0:03 left\n",
    "train     121/121  loss 0.5000  10.0 steps/s  0:00 left\n",
  ]);
});

t.test("a new phase ends the line of the one before at its last state, and measures afresh", async (t) => {
  const { written, clock, progress } = harness(false);
  progress.update({ phase: "pretrain", step: 0, total: 10 });
  clock.ms = 1000;
  progress.update({ phase: "pretrain", step: 10, total: 10 });
  progress.update({ phase: "train", step: 0, total: 100 });
  clock.ms = 6000;
  progress.update({ phase: "train", step: 10, total: 100 });
  t.same(written, [
    "pretrain   0/10\n",
    "pretrain  10/10  10.0 steps/s  0:00 left\n",
    "train       0/100\n",
    "train      10/100  2.00 steps/s  0:45 left\n",
  ]);
});

t.test("speed and time left may be given, as when a time budget sets the end", async (t) => {
  const { written, progress } = harness(false);
  progress.update({ phase: "train", step: 5, total: 100, stepsPerSecond: 4, secondsLeft: 61 });
  t.match(written[0], "4.00 steps/s  1:01 left");
});

t.test("speed follows the last 15 seconds", async (t) => {
  const { written, clock, progress } = harness(false);
  let step = 0;
  for (let second = 0; second <= 60; second++) {
    clock.ms = second * 1000;
    progress.update({ phase: "train", step, total: null });
    step += second < 30 ? 100 : 2;
  }
  progress.done();
  t.match(written.at(-1), / {2}2\.00 steps\/s\n$/);
});

t.test("messages go above the line; a narrow terminal gets no bar and no wrap", async (t) => {
  const { written, progress } = harness(true, 40);
  progress.update({ phase: "train", step: 5, total: 100, loss: 0.5, stepsPerSecond: 4, secondsLeft: 61 });
  t.ok(written[0].length <= 39 + "\r\x1b[K".length && !/[#-]/.test(written[0]));
  progress.message("checkpoint written");
  t.same(written.slice(1, 3), ["\r\x1b[K", "checkpoint written\n"]);
  t.equal(written[3], written[0]);
  progress.done();
  t.equal(written.at(-1), "\n");
});
