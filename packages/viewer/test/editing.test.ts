// Edits and samples of several steps as an explorer's page makes them, without a browser: they are those of the run.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRun, openTrained } from "@imagefn/runs";
import { explorerSite } from "@imagefn/viewer";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { PNG } from "pngjs";
import t from "tap";
import type { About } from "../dist/explore/about.js";
import { drawnEdit, editSteps, type Mode, type Task } from "../dist/explore/client/edit/edits.js";
import { planesOf } from "../dist/explore/client/edit/squarePicture.js";
import { functionOf, type Network } from "../dist/explore/client/network.js";
import { stepsOf } from "../dist/explore/client/samples.js";
import { inSteps } from "../dist/explore/client/steps.js";
import { type TinyRun, trainedRun } from "./tinyRun.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (name: string) => join(home, name);
const side = 24;

/** A picture of slopes, and a mask that is white in its lower right part. */
const colours = (_: unknown, i: number) => [
  10 * (i % side),
  200 - 3 * Math.floor(i / side),
  (7 * i) % 256,
  255,
];
const data = new Uint8ClampedArray(Array.from({ length: side * side }, colours).flat());
const mask = Uint8Array.from({ length: side * side }, (_, i) => (i % side > 9 && i / side > 7 ? 1 : 0));
const png = (name: string, bytes: ArrayLike<number>) => {
  const picture = new PNG({ width: side, height: side });
  picture.data = Buffer.from(Uint8Array.from(bytes));
  writeFileSync(at(name), PNG.sync.write(picture));
  return at(name);
};
const pictureFile = png("picture.png", data);
const maskFile = png(
  "mask.png",
  [...mask].flatMap((hidden) => [...Array(3).fill(255 * hidden), 255]),
);

/** A run, and its page's generator on this machine. */
async function explored(name: string, options: TinyRun) {
  const trained = await trainedRun(at(name), options);
  const site = await explorerSite(trained);
  const about: About = JSON.parse(new TextDecoder().decode(site.get("run.json")!.bytes));
  const session = await InferenceSession.create(site.get("generator.onnx")!.bytes);
  const network: Network = async ({ x, sigma, label }) => {
    const outputs = await session.run({
      x: new Tensor("float32", x, [1, ...about.shape]),
      sigma: new Tensor("float32", Float32Array.of(sigma), [1]),
      ...(label === undefined ? {} : { labels: new Tensor("float32", Float32Array.of(label), [1]) }),
    });
    const arrays = Object.entries(outputs).map(([key, { dims, data }]) => [
      key,
      { shape: [...dims], data: data as Float32Array },
    ]);
    return { imageFunction: functionOf(about, Object.fromEntries(arrays)), milliseconds: 1 };
  };
  return { run: await openRun(trained.run.path), about, network };
}

/** The largest difference of an RGBA picture from a file's, in bytes. */
const fromFile = (rgba: ArrayLike<number>, path: string) =>
  PNG.sync.read(readFileSync(path)).data.reduce((most, v, i) => Math.max(most, Math.abs(v - rgba[i])), 0);

const runs = await Promise.all([
  explored("skip", { classes: ["pixel-art", "thumbs"] }),
  explored("function", { functions: true }),
]);

t.test("edits are those of the run, and the known part is the picture's", async (t) => {
  for (const { run, about, network } of runs) {
    const label = about.classes.length > 0 ? 1 : undefined;
    const task = (mode: Mode): Task => ({ mode, side, picture: planesOf({ side, data, about: "" }), mask });
    for (const mode of ["inpaint", "colorize", "strokes"] as const) {
      const levels = mode === "strokes" ? [about.levels.strokes.noise] : about.levels.edits[2];
      const files = await run.edit({
        ...{ [mode]: pictureFile, mask: mode === "inpaint" ? maskFile : undefined },
        ...{ seed: 5, count: 2, steps: levels.length, class: label, separate: true, out: at("out") },
        sizes: [
          [side, side],
          [40, 40],
        ],
      });
      t.equal(files.length, 4);
      const steps = editSteps(about, task(mode), 1, { levels, seed: 5, label });
      const done: number[] = [];
      const { imageFunction, milliseconds } = await inSteps(network, about, {
        ...steps,
        onStep: (n) => done.push(n),
      });
      t.equal(milliseconds, levels.length);
      t.same(done, [1, 2, 3].slice(0, levels.length));
      const [small, large] = [side, 40].map((size) => drawnEdit(imageFunction, task(mode), size, "plain"));
      const [second, secondLarge] = [files[1], files[3]];
      const name = `${run.config.train.parameterisation} ${mode}`;
      t.ok(fromFile(await small, second) <= 1, name);
      t.ok(fromFile(await large, secondLarge) <= 1, `${name} at another size`);
      if (mode !== "inpaint") continue;
      const kept = [...mask].flatMap((hidden, p) => (hidden ? [] : [4 * p, 4 * p + 1, 4 * p + 2]));
      const drawn = await small;
      t.same(
        kept.map((i) => drawn[i]),
        kept.map((i) => data[i]),
        "byte for byte",
      );
    }
  }
});

t.test("samples of three steps are those of the run; with the skip term there is one step", async (t) => {
  const [skip, { run, about, network }] = runs;
  t.same(skip.about.levels.samples, [[80]]);
  t.equal(about.levels.samples.length, 8);
  const choice = { seed: 3, sample: 2, other: 0, mix: 0, steps: 3 };
  const { imageFunction } = await inSteps(network, about, stepsOf(about, choice));
  const own = (await run.sample({ seed: 3, count: 3, steps: 3 }))[2];
  t.equal(imageFunction.scale, own.scale);
  for (const [l, { weight }] of own.layers.entries()) {
    const { data } = imageFunction.layers[l].weight;
    t.ok(
      weight.data.every((v, i) => Math.abs(v - data[i]) < 1e-3),
      `weights of layer ${l}`,
    );
  }
});

t.test("levels that a search found are the page's", async (t) => {
  const [, { run }] = runs;
  const search = { step: 10, ema: 0.9, metric: "none", count: 1, reference: 1, seed: 0 };
  const found = [{ steps: 2, levels: [0.7], distance: 1, plain: 2 }];
  writeFileSync(join(run.path, "levels.json"), JSON.stringify({ ...search, found }));
  const site = await explorerSite(await openTrained(run.path, {}));
  const about: About = JSON.parse(new TextDecoder().decode(site.get("run.json")!.bytes));
  t.same(about.levels.samples[1], [80, 0.7]);
  t.ok(about.levels.samples[2].length === 3);
});
