// Classifier-free guidance of a run: samples by the formula, in one step and several, as pictures, functions and numbers.
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type ImageFunction, loadImageFunction, render } from "@imagefn/inr";
import {
  engineOf,
  openRun,
  openTrained,
  type Run,
  resolveConfig,
  runSource,
  type Size,
  sampler,
  train,
  type Values,
} from "@imagefn/runs";
import { difference } from "@imagefn/testing";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const data = { ...tiny.data, styles: ["pixel-art", "thumbs"], classes: true };
const distilled = { trajectory: "teacher", denoise: 0.5, guidance: 2, parameterisation: "function" } as const;
/** Large steps, so that six of them tell classes and none apart. */
const learning = { ...tiny.train, optimizer: "adam", learningRate: 0.05, labelDropout: 0.5 } as const;
const run = await train(
  { ...tiny, data, train: { ...learning, ...distilled } },
  { out: join(home, "run"), isolate: false },
);
const plain = await train({ ...tiny, data }, { out: join(home, "plain"), isolate: false });
const S = 2.5;

const pixels = async (fn: ImageFunction) => (await render(fn, { width: 9, height: 7 })).data;
const extrapolated = (none: Float32Array, own: Float32Array, scale: number) =>
  none.map((v, i) => v + scale * (own[i] - v));
const agree = (a: ArrayLike<number>, b: ArrayLike<number>) => difference(a, b, { rtol: 1e-3, atol: 1e-4 });

t.test(
  "image functions: f_null + S (f_c - f_null) at every pixel, in one function of twice the width",
  async (t) => {
    const of = (guidance?: number) => run.sample({ count: 3, class: 1, guidance });
    const [without, none, own, guided] = [await of(), await of(0), await of(1), await of(S)];
    t.same(own, without, "1 is the sample itself, bit for bit");
    t.same(await run.sample({ count: 3, class: 0, guidance: 0 }), none, "at 0 the class makes no difference");
    for (const i of none.keys()) {
      const [a, b] = [await pixels(none[i]), await pixels(own[i])];
      t.not(agree(a, b), undefined, "the class makes a difference");
      t.equal(agree(await pixels(guided[i]), extrapolated(a, b, S)), undefined);
      t.equal(guided[i].architecture.width, 2 * own[i].architecture.width);
    }
  },
);

t.test("images of the training size, as metrics take them, in one step and two", async (t) => {
  const of = async (guidance: number) =>
    (await run.images({ count: 2, class: 1, guidance })).map((x) => x.data);
  const [none, own] = [await of(0), await of(1)];
  for (const [i, image] of (await of(0.5)).entries()) {
    const clamped = (v: number) => Math.min(Math.max(v, -1), 1);
    t.ok(
      image.every((v, k) => Math.abs(v) <= 1 && Number.isFinite(none[i][k] + own[i][k]) && clamped(v) === v),
      "within the range of pictures",
    );
  }
  const trained = await openTrained(run.path, {});
  const { engine } = await engineOf(run.config);
  const levels = [1.5];
  const made = async (guidance: number, images: boolean) => {
    const own = await sampler(engine, trained.generator, trained.weights, {
      ...{ parameterisation: "function", levels, guidance, images },
    });
    const samples = await own.samples({ count: 2, seed: 0, labels: [1, 1] });
    await own.dispose();
    return samples;
  };
  const [asImages, asFunctions] = [await made(S, true), await made(S, false)];
  for (const [i, fn] of asFunctions.entries()) {
    const { data } = await render(fn as ImageFunction, { width: 16, height: 16, clamp: true });
    t.equal(agree(data, asImages[i] as Float32Array), undefined, "two steps end in the image's function");
  }
  const { about } = runSource(engine, trained, 0, [], S);
  t.equal(about?.guidance, S, "an evaluation says so");
});

t.test("pictures and files are named for the scale", async (t) => {
  const out = join(home, "drawn");
  const functions: string[] = [];
  const options = { count: 1, class: "thumbs", sizes: [[24, 16] as Size], out };
  const [guided] = await run.draw({
    ...options,
    guidance: S,
    saveFunctions: true,
    onFunctions: (paths) => functions.push(...paths),
  });
  t.match(basename(guided), /-class1-thumbs-guidance2\.5-24x16\.png$/);
  const [without] = await run.draw({ ...options, guidance: 1 });
  t.notMatch(basename(without), /guidance/);
  t.notSame(readFileSync(guided), readFileSync(without));
  const saved = loadImageFunction(readFileSync(functions[0]));
  t.match(saved.metadata, { class: "thumbs", guidance: "2.5" });
  const [sampled] = await run.sample({ count: 1, class: "thumbs", guidance: S });
  t.same(await pixels(saved), await pixels(sampled));
  const { path } = await run.export({
    what: "function",
    class: 1,
    guidance: S,
    format: "safetensors",
    out: join(out, "f.safetensors"),
  });
  t.same(await pixels(loadImageFunction(readFileSync(path))), await pixels(sampled));
});

t.test("animations and edits are guided too", async (t) => {
  const out = join(home, "others");
  const animated = async (guidance?: number) =>
    readFileSync(await run.animate({ count: 2, frames: 2, class: 1, size: [8, 8], folder: out, guidance }));
  t.notSame(await animated(S), await animated());
  const edited = async (guidance?: number) =>
    readFileSync((await run.edit({ interpolate: [0, 2], count: 2, class: 1, out, guidance }))[0]);
  t.notSame(await edited(S), await edited());
  t.ok(existsSync(out));
});

t.test("a run that cannot be guided is refused, with the setting that makes it so", async (t) => {
  const refused = { code: "invalid-option", details: { option: "guidance", value: 2 } };
  const calls: [string, (run: Run) => Promise<unknown>][] = [
    ["sample", (run) => run.sample({ guidance: 2 })],
    ["images", (run) => run.images({ guidance: 2 })],
    ["draw", (run) => run.draw({ guidance: 2 })],
    ["evaluate", (run) => run.evaluate({ guidance: 2 })],
    ["animate", (run) => run.animate({ guidance: 2, class: 0 })],
    ["edit", (run) => run.edit({ guidance: 2, interpolate: [0, 1] })],
    ["export", (run) => run.export({ guidance: 2, what: "function" })],
  ];
  for (const [name, call] of calls)
    await t.rejects(call(plain), { ...refused, message: /train\.labelDropout is 0/ }, name);
  await t.rejects(run.export({ guidance: 2 }), {
    code: "invalid-option",
    message: /whole generator is exported/,
  });
  await t.rejects(run.sample({ guidance: -1 }), {
    message: "guidance is -1 (expected a number from 0 to 100)",
  });
  t.equal((await plain.sample({ count: 1, guidance: 1 })).length, 1, "1 is no guidance");
  const { generator, weights } = await openTrained(plain.path, {});
  const { engine } = await engineOf(plain.config);
  await t.rejects(sampler(engine, generator, weights, { parameterisation: "skip", guidance: 2 }), {
    message: "guidance is 2 (expected 1, since the generator has no label for no class)",
  });
});

t.test("settings: what has no effect, what does not fit, what a checkpoint is of", async (t) => {
  const config = (values: Values) => () => resolveConfig("avatars-tiny", [{ source: "test", values }]);
  t.throws(config({ train: { labelDropout: 0.1 } }), {
    code: "idle-field",
    message: "test: train.labelDropout has no effect, since data.classes is false.",
  });
  const styles = { styles: ["pixel-art", "thumbs"], classes: true };
  t.throws(config({ data: styles, train: { guidance: 2 } }), { message: /train\.labelDropout is 0/ });
  t.doesNotThrow(config({ data: styles, train: { guidance: 2, labelDropout: 0.1 } }));

  const resumed = async (from: Run, before: string, after: string) => {
    const path = join(home, `copy-${after.trim()}`);
    cpSync(from.path, path, { recursive: true });
    const file = join(path, "config.yaml");
    const text = readFileSync(file, "utf8");
    t.ok(text.includes(before), before);
    writeFileSync(file, text.replace(before, after));
    return (await openRun(path)).resume({ isolate: false });
  };
  await t.rejects(resumed(run, "labelDropout: 0.5", "labelDropout: 0.25"), {
    code: "changed-settings",
    message: /train\.labelDropout was 0\.5, is now 0\.25/,
  });
  await t.rejects(resumed(run, "guidance: 2", "guidance: 3"), {
    code: "changed-settings",
    message: /train\.guidance was 2, is now 3/,
  });
  await t.rejects(resumed(plain, "labelDropout: 0", "labelDropout: 0.1"), {
    code: "other-settings",
    message: /nullClass undefined, now true/,
  });
});
