// Training to a time: --quick as anybody would type it first, and --minutes.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openRunFolder, readLog } from "@imagefn/runs";
import t from "tap";
import { checkpoints, imagefnIn, positionOf, readPng, tinyYaml } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir({ "tiny.yaml": tinyYaml });
const imagefn = imagefnIn(home);

t.test("--minutes fits the steps to the time, and the learning rate ends its decay", async (t) => {
  const { status, stderr } = await imagefn(
    "train tiny.yaml --out timed --minutes 0.1 --set train.decayFrom=0.5",
  );
  t.equal(status, 0, stderr);
  t.match(stderr, /a step takes \d+ ms: \d+ steps fit into 0:0\d/);
  const run = openRunFolder(join(home, "timed"));
  t.equal(run.config.budget.minutes, 0.1);
  const { phase, step, trainSteps, seconds } = positionOf(checkpoints(run.path).at(-1)!);
  t.equal(phase, "train");
  t.equal(step, trainSteps);
  t.ok(seconds! > 3 && seconds! < 12, `asked for 6 seconds, took ${seconds}`);
  const last = readLog(run.log).at(-1)!;
  t.equal(last.step, trainSteps);
  t.ok(
    Math.abs(Number(last.learningRate) / 5e-5 - 1) < 1e-6,
    `learning rate ${last.learningRate} at the end`,
  );
});

// One thread, to leave one to the other tests; with more of them there are more steps in the same time.
t.test("--quick, the first thing that anybody types, ends within a minute", async (t) => {
  const began = performance.now();
  const { status, stderr } = await imagefn("train --quick --threads 1 --out quick");
  const seconds = (performance.now() - began) / 1000;
  t.equal(status, 0, stderr);
  t.ok(seconds < 60, `${seconds.toFixed(1)} s`);
  const run = openRunFolder(join(home, "quick"));
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
