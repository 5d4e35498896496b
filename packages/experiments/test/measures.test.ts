// The pieces that measure, on small cases: logs, pictures, rates and the clock.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { random } from "@imagefn/ops";
import t from "tap";
import { planClock } from "../dist/reproduce/clock.js";
import { openLab } from "../dist/reproduce/lab.js";
import { rateOf } from "../dist/reproduce/measured.js";
import { roughness, trainingOf } from "../dist/reproduce/measures/training.js";
import {
  averagedDown,
  bilinear,
  meanGradient,
  type Plane,
  peakSignalToNoise,
} from "../dist/reproduce/planes.js";

t.test("a log in figures", (t) => {
  const line = (phase: string, step: number, loss: number) => ({ phase, step, loss, msPerStep: 60 });
  const found = trainingOf([
    line("pretrain", 10, 1),
    line("pretrain", 100, 1),
    ...Array.from({ length: 100 }, (_, i) => line("train", 10 * (i + 1), i % 2 ? 2 : 1)),
    { phase: "train", step: 1000, denoisingDistance: 7, denoisingRmse: 0.1 },
  ]);
  t.match(found, { steps: 1000, pretrainSteps: 100, denoising: [{ step: 1000, value: 7 }] });
  t.ok(Math.abs(found.minutes - 1.1) < 1e-9 && Math.abs(found.pretrainMinutes - 0.1) < 1e-9);
  const points = (...values: number[]) => values.map((value, i) => ({ step: i + 1, value }));
  t.ok(Math.abs(roughness(points(1, 1, 1, 1, 1, 2, 1, 2, 1, 2))! - Math.LN2) < 1e-9);
  t.equal(roughness(points(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)), 0);
  t.equal(roughness(points(1, 2)), undefined);
  const noise = random(1).uniform(960, 0);
  const logged = (every: number) =>
    trainingOf(
      Array.from({ length: 960 / every }, (_, i) =>
        line(
          "train",
          (i + 1) * every,
          noise.slice(i * every, (i + 1) * every).reduce((a, b) => a + b) / every,
        ),
      ),
    ).roughness!;
  t.ok(Math.abs(logged(2) - logged(60)) < 1e-6, "a run is not smoother for having fewer lines in its log");
  t.end();
});

t.test("rates, planes and the clock", (t) => {
  t.equal(rateOf({ once: 1, at: { 32: 1, 64: 2 } }, [32, 64]), 0.5);
  t.equal(rateOf({ once: 1, at: { 32: 1 } }, [64]), undefined);
  const plane = (width: number, ...values: number[]): Plane => ({
    width,
    height: values.length / width,
    data: Float64Array.from(values),
  });
  t.equal(meanGradient(plane(2, 0, 3, 4, 0)), 5);
  t.same([...averagedDown(plane(2, 0, 2, 4, 6), [2, 1]).data], [1, 5]);
  t.same([...bilinear(plane(2, 0, 4, 0, 4), 2).data.subarray(0, 4)], [0, 1, 3, 4]);
  t.equal(peakSignalToNoise(plane(1, 0), plane(1, 255)), 0);
  t.equal(peakSignalToNoise(plane(1, 7), plane(1, 7)), 100);
  let now = 0;
  const tasks = [10, 10, 20].map((seconds, i) => ({ what: `task ${i}`, seconds }));
  const clock = planClock(tasks, () => now);
  t.equal(clock.next(tasks[0]), "1 of 3: task 0 (about 0:40 left in all)");
  now += 20_000;
  clock.done(tasks[0]);
  t.equal(clock.next(tasks[1]), "2 of 3: task 1 (about 1:00 left in all)", "twice as slow as planned");
  clock.done(tasks[1], true);
  t.equal(clock.next(tasks[2]), "3 of 3: task 2 (about 0:40 left in all)");
  t.end();
});

t.test("a kept measurement is read back, and one that is damaged is made again", async (t) => {
  const folder = join(t.testdir(), "measured");
  const { cached } = openLab({ weights: [], listener: {} } as never);
  let computed = 0;
  const value = () => cached(folder, "size", { side: 8 }, async () => ++computed);
  t.equal(await value(), 1);
  t.equal(await value(), 1, "once");
  const path = join(folder, readdirSync(folder)[0]);
  for (const [i, text] of [
    "",
    '{"about":{"side":8},"va',
    "null",
    "5",
    "{}",
    '{"about":{"side":9},"value":7}',
  ].entries()) {
    writeFileSync(path, text);
    t.equal(await value(), i + 2, text);
    t.equal(await value(), i + 2, "it is whole again");
  }
});
