// Values that no run can use: each is refused by the name of its option or field, and nothing is made.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type OwnImages, openRun, type TrainOptions, train } from "@imagefn/runs";
import t from "tap";
import { ownData } from "../dist/data/ownImages.js";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir({ file: "mine" });
const at = (name: string) => join(home, name);
const run = await train(tiny, { out: at("run"), isolate: false });
const classesOf = { ...tiny, data: { ...tiny.data, styles: ["pixel-art", "thumbs"], classes: true } };
const conditional = await train(classesOf, { out: at("classes"), isolate: false });

/** What an error has. */
type Expected = Parameters<typeof t.match>[1];

/** As a program without types may call it. */
const any = (value: unknown) => value as never;

t.test("sample, images, draw, evaluate and export", async (t) => {
  const bad = {
    count: [0, -1, Number.NaN, 1.5, 1e9, "4", null],
    first: [-1, Number.NaN, 0.5],
    seed: [-1, 2 ** 32, "3"],
    ema: ["0.9", true],
    class: [{}, true],
    engine: ["cuda", 3],
    threads: [-1, Number.NaN, 1e9, "2"],
  };
  for (const [option, values] of Object.entries(bad))
    for (const value of values) {
      const options = any({ [option]: value });
      const expected = {
        code: "invalid-option",
        details: { option },
        message: new RegExp(`^${option} is .*expected`),
      };
      const text = `${option} ${String(value)}`;
      await t.rejects(run.sample(options), expected, `sample: ${text}`);
      await t.rejects(run.images(options), expected, `images: ${text}`);
      if (option !== "first") await t.rejects(run.draw(options), expected, `draw: ${text}`);
      if (["count", "seed", "ema", "engine", "threads"].includes(option))
        await t.rejects(run.evaluate(options), expected, `evaluate: ${text}`);
      if (["seed", "ema", "class"].includes(option))
        await t.rejects(
          run.export({ what: "function", ...(options as object) }),
          expected,
          `export: ${text}`,
        );
    }
  const size = (value: unknown) => ({ code: "invalid-option", details: { value } });
  for (const value of [[0, 4], [Number.NaN, 4], [1e9, 1e9], [4], "4x4", 4, [4, -4], [4.5, 4]]) {
    await t.rejects(run.draw(any({ sizes: [value] })), { ...size([value]), message: /^sizes is / });
    await t.rejects(run.export(any({ size: value })), { ...size(value), message: /^size is / });
  }
  for (const sizes of [[], "32", 32]) await t.rejects(run.draw(any({ sizes })), { message: /^sizes is / });
  for (const steps of [0, -1, Number.NaN, "2"])
    await t.rejects(run.draw(any({ steps })), { message: /^steps is / });
  for (const batch of [0, Number.NaN, 1e9]) await t.rejects(run.export({ batch }), { message: /^batch is / });
  for (const out of ["", 5]) {
    await t.rejects(run.draw(any({ out })), { message: /^out is / });
    await t.rejects(run.export(any({ out })), { message: /^out is / });
  }
  await t.rejects(run.export(any({ what: "functon" })), {
    code: "invalid-option",
    message: /^what is "functon"/,
  });
  await t.rejects(conditional.draw({ byClass: true, class: 0 }), {
    message: /^class 0: byClass draws every class/,
  });
});

t.test("what may be asked for in two ways gives the same", async (t) => {
  const named = await conditional.sample({ count: 2, class: "thumbs" });
  t.same(await conditional.sample({ count: 2, class: 1 }), named, "a class by its number");
  t.same(await conditional.sample({ count: 2, class: "1" }), named);
  await t.rejects(conditional.sample({ class: 2 }), { code: "not-in-run" });
  await t.rejects(conditional.sample({ class: Number.NaN }), { code: "not-in-run" });
  const [far] = await conditional.sample({ count: 1, first: 2 ** 40 + 1 });
  t.ok(far.layers[0].weight.data.every(Number.isFinite), "a sample with a large number");
  const [odd] = await conditional.sample({ count: 1, first: 1 });
  t.same(odd, (await conditional.sample({ count: 2 }))[1], "classes go on in turn");
});

t.test("options of train and resume", async (t) => {
  const out = at("refused");
  const refused = (options: unknown, expected: Expected) =>
    t.rejects(train(tiny, { out, ...(options as TrainOptions) }), expected, JSON.stringify(options));
  await refused({ isolate: "threads" }, { code: "invalid-option", message: /^isolate is "threads"/ });
  await refused({ isolate: true }, { message: /^isolate is true/ });
  await refused(
    { minutes: 1, steps: 2 },
    { code: "invalid-option", message: /^minutes 1: steps 2 is given too/ },
  );
  await refused({ minutes: Number.NaN }, { code: "invalid-config", message: /budget\.minutes is NaN/ });
  await refused({ minutes: -1 }, { message: /budget\.minutes is -1/ });
  await refused({ steps: 2.5 }, { message: /train\.steps is 2\.5/ });
  await refused({ threads: 1e9 }, { message: /engine\.threads is 1000000000/ });
  await refused({ engine: "cuda" }, { message: /engine\.name is "cuda"/ });
  await refused({ weights: "folder" }, { message: /weights is "folder"; expected a list/ });
  await refused({ out: "" }, { code: "invalid-option", message: /^out is ""/ });
  await refused({ out: 5 }, { message: /^out is 5/ });
  await refused({ out: at("file") }, { code: "folder-not-empty", details: { path: at("file") } });
  await refused({ out: join(at("file"), "below") }, { code: /^(ENOTDIR|EEXIST)$/ });
  await refused({ data: "x", images: [] }, { message: /^data x: images are given too/ });
  t.equal(readFileSync(at("file"), "utf8"), "mine");
  for (const options of [{ engine: "cuda" }, { threads: -1 }, { isolate: 1 }])
    await t.rejects(run.resume(any(options)), { code: "invalid-option" });
  for (const path of [undefined, 5, "", at("file")])
    await t.rejects(openRun(any(path)), { code: "not-a-run" });
  t.notOk(existsSync(out), "nothing is made");
});

t.test("configurations", async (t) => {
  const out = at("configured");
  const refused = (config: unknown, expected: Expected) => t.rejects(train(any(config), { out }), expected);
  for (const config of [null, 5, [], true, () => {}])
    await refused(config, {
      code: "invalid-config",
      message: /^the configuration is .*expected the name of a preset/,
    });
  await refused({ ...tiny, trian: {} }, { message: /^.*trian is not a field .*did you mean train\?/ });
  for (const preset of [5, null, {}, ["avatars-tiny"], "toString"])
    await refused({ preset }, { code: "unknown-preset", details: { name: preset } });
  await refused({ ...tiny, seed: Number.NaN }, { message: /seed is NaN/ });
  await refused({ ...tiny, seed: 5n }, { message: /seed is 5n/ });
  await refused({ ...tiny, seed: () => 5 }, { message: /seed is .*expected a whole number/ });
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  await refused({ ...tiny, train: circular }, { message: /train\.self is not a field/ });
  await refused({ ...tiny, seed: circular }, { message: /seed is .*expected a whole number/ });
  const path = at("none");
  await refused({ ...tiny, data: { kind: "folder", size: 16, path } }, { message: /none/ });
  t.notOk(existsSync(out));

  const again = await train(run.config, { out: at("again"), isolate: false });
  t.same(again.config, run.config, "a resolved configuration is a configuration");
  const relative = { ...tiny, weights: ["files"] };
  const { config } = await train(relative, { out: at("relative"), isolate: false });
  t.same(config.weights, [resolve("files")], "paths of an object start at the working folder");
  const left = await train(
    { ...tiny, seed: undefined, name: undefined },
    { out: at("left"), isolate: false },
  );
  t.equal(left.config.seed, 0);
  const kept = await train(
    {
      preset: "avatars-tiny",
      ...tiny,
      generator: { func: { ...tiny.generator.func, mlpRatio: undefined } },
      budget: { minutes: null },
    },
    { out: at("kept"), isolate: false },
  );
  t.equal(kept.config.train.distance, "l2", "the preset's");
});

t.test("images of a program", async (t) => {
  const out = at("own");
  const size = 16;
  const picture = { width: size, height: size, data: new Uint8Array(3 * size * size) };
  const own = { ...tiny, data: { size } };
  const refused = (images: unknown, expected: Expected, config: object = own) =>
    t.rejects(train(config, { out, images: images as OwnImages }), expected);
  for (const images of [5, null, {}, "pictures", true])
    await refused(images, { code: "invalid-option", message: /^images is .*expected an iterable/ });
  await refused([], { code: "invalid-data", message: /^images holds no picture/ });
  await refused([null], { code: "invalid-data", message: /^image 0 is null/ });
  await refused([picture, { ...picture, width: Number.NaN }], { message: /^image 1 is NaN x 16 pixels/ });
  await refused([{ ...picture, width: 16.5 }], { message: /^image 0 is 16\.5 x 16 pixels/ });
  await refused([{ ...picture, data: new Float32Array(768) }], {
    message: /^image 0 has the data .*Uint8Array/,
  });
  await refused([{ ...picture, label: 3 }], { message: /^image 0 has the label 3 \(expected a string\)/ });
  const broken = new Error("the camera is gone");
  let closed = false;
  function* failing() {
    yield picture;
    throw broken;
  }
  await refused(failing(), broken);
  await refused(() => Promise.reject(broken), broken);

  function* endless() {
    try {
      for (;;) yield picture;
    } finally {
      closed = true;
    }
  }
  const stopped = train(own, { out, images: endless(), signal: AbortSignal.timeout(300) });
  await t.rejects(stopped, { name: "TimeoutError" }, "a timer ends what has no end");
  t.equal(closed, true, "and the iterator is closed");
  const full = ownData(
    { ...run.config, data: { ...run.config.data, heldOut: 0 } },
    endless(),
    () => {},
    5 * 768,
  );
  await t.rejects(full, { code: "invalid-data", message: /^image 5 is one too many/ });
  t.notOk(existsSync(out), "nothing is left of any of them");

  const images = Array.from({ length: 9 }, () => picture);
  const named = await train({ ...tiny, data: { ...tiny.data, heldOut: 0 } }, { out, images });
  t.equal(
    named.config.data.kind,
    "custom",
    "images take the place of the data set that the configuration names",
  );
});

t.test("an error of a step that is not of its numbers keeps what it is", async (t) => {
  const broken = new Error("the camera is gone");
  const images: OwnImages = (k, { batch, size, phase }) => {
    if (phase === "train" && k === 3) throw broken;
    return { images: new Float32Array(batch * 3 * size * size) };
  };
  const failed = train({ ...tiny, data: { size: 16 } }, { out: at("camera"), images });
  await t.rejects(failed, broken);
  t.not((await failed.catch((error) => error)).code, "diverged");
});

t.test("errors about a run folder name it", async (t) => {
  const copy = await train(tiny, { out: at("damaged"), isolate: false });
  const [checkpoint] = readdirSync(copy.checkpoints).slice(-1);
  const path = join(copy.checkpoints, checkpoint);
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(path, bytes);
  const details = { path: at("damaged"), checkpoint: path };
  await t.rejects(copy.sample(), { code: "damaged-checkpoint", details });
  await t.rejects(copy.resume(), { code: "damaged-checkpoint", details });
  await t.rejects(run.sample({ ema: 0.123 }), {
    code: "not-in-run",
    details: { option: "ema", value: 0.123 },
  });
});
