// Shards of samples and of their features: together they are what one process makes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Shard } from "@imagefn/base";
import { evaluateSaved, openFeatures, saveFeatures } from "@imagefn/metrics";
import { type DrawOptions, referenceImages, train } from "@imagefn/runs";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (...path: string[]) => join(home, ...path);
const run = await train(
  { ...tiny, data: { ...tiny.data, styles: ["pixel-art", "thumbs"], classes: true } } as typeof tiny,
  { out: at("run"), isolate: false },
);
/** Seven blocks, of which the last is one sample. */
const COUNT = 97;
const shardsOf = (of: number): Shard[] => Array.from({ length: of }, (_, i) => ({ index: i + 1, of }));

/** The pictures and functions in a folder, by name. */
const filesIn = (folder: string) =>
  readdirSync(at(folder))
    .filter((name) => !name.endsWith(".json"))
    .sort()
    .map((name) => [name, readFileSync(at(folder, name), "base64")]);

const draw = (out: string, options: DrawOptions) =>
  run.draw({ sizes: [[16, 16]], separate: true, out: at(out), ...options });

t.test("shards of pictures", async (t) => {
  await draw("whole", { count: COUNT, saveFunctions: true });
  const whole = filesIn("whole");
  t.equal(whole.length, 2 * COUNT);
  for (const of of [1, 2, 3, 7]) {
    const paths: string[] = [];
    for (const shard of shardsOf(of))
      paths.push(...(await draw(`shards${of}`, { count: COUNT, saveFunctions: of === 3, shard })));
    t.equal(new Set(paths).size, COUNT, `${of} shards write each picture once`);
    const expected = of === 3 ? whole : whole.filter(([name]) => name.endsWith(".png"));
    t.same(filesIn(`shards${of}`), expected, `${of} shards`);
  }
  const record = "step10-seed0-count97-16x16-shard7of7.json";
  t.match(JSON.parse(readFileSync(at("shards7", record), "utf8")), {
    ...{ shard: { index: 7, of: 7 }, count: COUNT, samples: 1, seed: 0, step: 10, ema: 0.9 },
    ...{ engine: "onnx", threads: 1, cpu: String },
  });
});

t.test("shards of rows of classes", async (t) => {
  await draw("rows", { count: 20, byClass: true });
  for (const shard of shardsOf(3)) await draw("rows3", { count: 20, byClass: true, shard });
  t.equal(filesIn("rows").length, 40);
  t.same(filesIn("rows3"), filesIn("rows"));
});

t.test("shards that are none are refused before anything is written", async (t) => {
  const refused = (options: DrawOptions, message: RegExp) =>
    t.rejects(draw("none", options), { code: "invalid-option", message });
  await refused({ count: 64, shard: { index: 0, of: 4 } }, /^shard 0\/4: .*index from 1 to of/);
  await refused({ count: 64, shard: { index: 5, of: 4 } }, /^shard 5\/4: /);
  await refused({ count: 64, shard: { index: 1.5, of: 4 } }, /^shard 1\.5\/4: /);
  await refused({ count: 64, shard: { index: 1, of: 5 } }, /^shard 1\/5: there are 4 blocks.*Use 4 shards/);
  await refused(
    { count: 64, shard: { index: 1, of: 2 }, separate: false },
    /^shard 1\/2: a grid cannot be cut/,
  );
  t.notOk(readdirSync(home).includes("none"));
});

t.test("features of shards: the numbers of one process to the last digit", async (t) => {
  const metrics = ["random-conv"] as const;
  const one = await run.evaluate({ metrics, count: COUNT });
  t.match(one.findings, [{ value: Number, n: COUNT, reference: 60 }]);
  t.match(one, { engine: "onnx", threads: 1, cpu: String });
  const reference = await referenceImages(run.path);
  for (const of of [1, 2, 3, 7]) {
    const paths: string[] = [];
    for (const shard of shardsOf(of)) {
      const path = at(`f${shard.index}of${of}.npz`);
      await saveFeatures(path, await run.features({ metrics, count: COUNT, shard }));
      paths.unshift(path);
    }
    const all = await evaluateSaved(openFeatures(paths), { reference, engine: "onnx", threads: 1 });
    t.same(all.findings, one.findings, `${of} shards`);
    t.same(all.seed, one.seed);
    t.match(all.samples, { run: run.path, n: COUNT, shards: of, machines: [{ threads: 1, engine: "onnx" }] });
  }
  await saveFeatures(
    at("other.npz"),
    await run.features({ metrics, count: COUNT, shard: { index: 2, of: 2 }, ema: 0.5 }),
  );
  t.throws(() => openFeatures([at("f1of2.npz"), at("other.npz")]), {
    code: "invalid-data",
    message:
      /f1of2\.npz and .*other\.npz do not belong together: the ema of the samples differs \(got 0\.9 and 0\.5\)/,
  });
});
