// Training to a time: the shortest one, which everybody tries first.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { train } from "@imagefn/runs";
import t from "tap";
import { readPng } from "./reading.js";

t.setTimeout(240_000);
const home = t.testdir();

// One thread, to leave one to the other tests; with more of them there are more steps in the same time.
t.test("quick, the first thing that anybody tries, ends within a minute", async (t) => {
  const began = performance.now();
  const run = await train(undefined, { quick: true, threads: 1, out: join(home, "quick") });
  const seconds = (performance.now() - began) / 1000;
  t.equal(run.finished, true);
  t.ok(seconds < 60, `${seconds.toFixed(1)} s`);
  t.equal(readdirSync(run.functions).length, 16);
  const pictures = run.config.sample.sizes.map(([width, height]) => {
    const picture = readPng(join(run.samples, `${width}x${height}.png`));
    return picture.width === 4 * (width + 2) + 2 && picture.height === 4 * (height + 2) + 2;
  });
  t.same(pictures, [true, true, true, true], "16 images in four rows at 32, 64, 128 and a non-square size");
  t.match(run.config.sample.sizes, [
    [32, 32],
    [64, 64],
    [128, 128],
    [96, 160],
  ]);
});
