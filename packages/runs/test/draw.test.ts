// Pictures and models of one conditional run: names, sizes, classes, weights, steps, and what ONNX Runtime makes of them.
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { initialNoise } from "@imagefn/consistency";
import { coordinateGrid, loadImageFunction } from "@imagefn/inr";
import { type DrawOptions, exportFunctionFile, openRun, type Size, train } from "@imagefn/runs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import t from "tap";
import { readCheckpoint, writeCheckpoint } from "../dist/folder/checkpoint.js";
import { cell, farthest, readPng } from "./reading.js";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (name: string) => join(home, name);
const run = await train(
  {
    ...tiny,
    data: { ...tiny.data, styles: ["pixel-art", "thumbs"], classes: true },
    // Steps this large make classes count after so few of them.
    train: { ...tiny.train, steps: 12, optimizer: "adam", learningRate: 0.1 },
    sample: {
      ...tiny.sample,
      sizes: [
        [16, 16],
        [24, 40],
      ] as Size[],
    },
  } as typeof tiny,
  { out: at("run"), isolate: false },
);

/** Paths of the pictures, from the folder of this test, and the messages. */
async function drawn(options: DrawOptions = {}) {
  const messages: string[] = [];
  const paths = await run.draw({ ...options, onMessage: (text) => messages.push(text) });
  return {
    paths: paths.map((path) => relative(home, path)),
    messages: messages.map((text) => `${text}\n`).join(""),
  };
}

const small: DrawOptions = { sizes: [[16, 16]] };

t.test("without options: the pictures that the run ended with", async (t) => {
  const { paths } = await drawn();
  t.same(
    paths,
    ["16x16", "24x40"].map((size) => `run/samples/step16-seed0-count5-${size}.png`),
  );
  for (const path of paths)
    t.ok(readFileSync(at(path)).equals(readFileSync(at(path.replace("step16-seed0-count5-", "")))), path);
});

t.test("one function is the bare picture, the same as in the grid", async (t) => {
  const { paths } = await drawn({ count: 1, sizes: [[24, 40]], out: at("pictures") });
  t.same(paths, ["pictures/step16-seed0-count1-24x40.png"]);
  const { width, height, rgb } = readPng(at(paths[0]));
  t.same([width, height], [24, 40]);
  const grid = readPng(join(run.samples, "24x40.png"));
  const row = (y: number) => grid.rgb.subarray(((2 + y) * grid.width + 2) * 3).subarray(0, 24 * 3);
  t.ok(Buffer.concat(Array.from({ length: 40 }, (_, y) => row(y))).equals(rgb));
});

t.test("seed, class, weights and steps each have names and pictures of their own", async (t) => {
  const options: DrawOptions[] = [
    {},
    { seed: 1 },
    { class: "thumbs" },
    { ema: 0.5 },
    { ema: "online" },
    { steps: 3 },
  ];
  const paths: string[] = [];
  for (const option of options) paths.push(...(await drawn({ ...small, count: 2, ...option })).paths);
  t.same(
    paths.map((path) => path.replace("run/samples/step16-", "")),
    [
      "seed0-count2-16x16.png",
      "seed1-count2-16x16.png",
      "seed0-count2-class1-thumbs-16x16.png",
      "seed0-count2-ema0.5-16x16.png",
      "seed0-count2-online-16x16.png",
      "seed0-count2-levels3-16x16.png",
    ],
  );
  const pictures = paths.map((path) => readFileSync(at(path), "base64"));
  t.equal(new Set(pictures).size, options.length);
  const numbered = await drawn({ ...small, count: 2, class: "1", out: at("by-number") });
  t.equal(readFileSync(at(numbered.paths[0]), "base64"), pictures[2], "a class by number");
});

t.test("byClass draws a row for each class from the same noise", async (t) => {
  const out = at("pictures");
  const { paths } = await drawn({ ...small, byClass: true, count: 3, out });
  t.same(paths, ["pictures/step16-seed0-count3-by-class-16x16.png"]);
  const rows = readPng(at(paths[0]));
  t.same([rows.width, rows.height], [3 * 18 + 2, 2 * 18 + 2]);
  for (const [row, name] of ["pixel-art", "thumbs"].entries()) {
    const grid = readPng(at((await drawn({ ...small, class: name, count: 3, out })).paths[0]));
    // Three images on a sheet of two columns: the first two are its first row.
    for (const column of [0, 1])
      t.same(cell(rows, 2 + 18 * column, 2 + 18 * row), cell(grid, 2 + 18 * column, 2), `${name} ${column}`);
  }
});

t.test("several steps go down the Karras grid in equal parts", async (t) => {
  const { messages } = await drawn({ count: 1, steps: 3, out: at("pictures") });
  const [low, high] = [0.002 ** (1 / 7), 80 ** (1 / 7)];
  const level = (share: number) => ((low + share * (high - low)) ** 7).toPrecision(3);
  t.match(messages, `noise levels 80, ${level(2 / 3)}, ${level(1 / 3)}\n`);
});

t.test("functions as files, and sheets that would be too large as single pictures", async (t) => {
  const out = at("wide");
  const { paths, messages } = await drawn({
    count: 2,
    sizes: [
      [8193, 1],
      [16, 16],
    ],
    saveFunctions: true,
    out,
  });
  t.same(paths, [
    "wide/step16-seed0-count2-8193x1-0000.png",
    "wide/step16-seed0-count2-8193x1-0001.png",
    "wide/step16-seed0-count2-16x16.png",
  ]);
  t.match(readPng(at("wide/step16-seed0-count2-8193x1-0001.png")), { width: 8193, height: 1 });
  t.match(messages, /functions: .*wide\/step16-seed0-count2-\*\.safetensors/);
  const second = loadImageFunction(readFileSync(at("wide/step16-seed0-count2-0001.safetensors")));
  t.same(second.metadata, { seed: "0", class: "thumbs", index: "1" });
  t.same(second, loadImageFunction(readFileSync(join(run.functions, "sample-0001.safetensors"))));

  const separate = await drawn({ ...small, count: 2, separate: true, out });
  t.same(
    separate.paths,
    [0, 1].map((i) => `wide/step16-seed0-count2-16x16-000${i}.png`),
  );
  const grid = readPng(at("wide/step16-seed0-count2-16x16.png"));
  for (const i of [0, 1]) {
    const one = readPng(at(`wide/step16-seed0-count2-16x16-000${i}.png`));
    t.same(cell(one, 0, 0), cell(grid, 2 + 18 * i, 2), `picture ${i}`);
    t.equal(one.rgb.length, 3 * 16 * 16);
  }
});

/** Runs an ONNX file in ONNX Runtime, as any other program would. */
async function onnx(path: string, feeds: Record<string, [Float32Array, number[]]>) {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const tensors = Object.entries(feeds).map(([name, [data, shape]]) => [
    name,
    new Tensor("float32", data, shape),
  ]);
  const results = await session.run(Object.fromEntries(tensors));
  const [output] = session.outputNames;
  const inputs = session.inputNames;
  const { dims: shape, data } = results[output];
  await session.release();
  return { inputs, output, shape, data: data as Float32Array };
}

t.test("an exported generator makes in ONNX Runtime what draw makes", async (t) => {
  const { path, about } = await run.export({ size: [24, 40], batch: 2 });
  t.equal(relative(home, path), "run/exports/generator-step16-24x40-batch2.onnx");
  t.match(about, /z \[2, 3, 16, 16\] .* and labels \[2\] from 0 to 1 -> image \[2, 3, 40, 24\] in \[-1, 1\]/);
  const z = initialNoise(5, 0, 2, [3, 16, 16]);
  const made = await onnx(path, { z: [z, [2, 3, 16, 16]], labels: [Float32Array.of(1, 1), [2]] });
  t.same([made.inputs, made.output, made.shape], [["z", "labels"], "image", [2, 3, 40, 24]]);
  t.ok(made.data.every((v) => v >= -1 && v <= 1));
  const { paths } = await drawn({
    count: 1,
    sizes: [[24, 40]],
    seed: 5,
    class: "thumbs",
    out: at("pictures"),
  });
  const worst = farthest(readPng(at(paths[0])).rgb, (pixel, channel) => made.data[channel * 960 + pixel]);
  t.ok(worst <= 1, `off by ${worst} of 255 at most`);

  const bytes = readFileSync(path, "latin1");
  t.notMatch(bytes, "com.microsoft");
  for (const text of ["imagefn.generator", '"encoderDepth":1', '["pixel-art","thumbs"]'])
    t.ok(bytes.includes(text), text);
});

t.test("an exported file is named after its content, in any folder", async (t) => {
  const { path } = await run.export({ size: [16, 16], folder: at("models") });
  t.equal(relative(home, path), "models/generator-step16-16x16-batch1.onnx");
  await t.rejects(run.export({ folder: "" }), { code: "invalid-option", message: /^folder is "" / });
});

t.test("a checkpoint of averages alone is sampled, and has no online weights", async (t) => {
  const folder = at("averages");
  cpSync(join(run.path, "config.yaml"), join(folder, "config.yaml"));
  const { path, position, state } = await readCheckpoint(run);
  const averages = new Map([...state].filter(([name]) => name.startsWith("emas.")));
  t.ok(averages.size > 0 && averages.size < state.size);
  const alone = await openRun(folder);
  mkdirSync(alone.checkpoints);
  await writeCheckpoint(alone, position, averages);
  t.equal(readdirSync(alone.checkpoints)[0], basename(path));
  t.same(await alone.sample({ count: 2 }), await run.sample({ count: 2 }));
  await t.rejects(alone.sample({ count: 1, ema: "online" }), {
    code: "not-in-run",
    message: /^ema online: the checkpoint holds averages only: expected one of 0\.9/,
  });
});

t.test("an exported function draws in ONNX Runtime what draw draws", async (t) => {
  const size: Size = [24, 40];
  const sampled = await run.export({
    what: "function",
    seed: 5,
    class: "1",
    size,
    out: at("deep/face.onnx"),
  });
  t.equal(sampled.path, at("deep/face.onnx"));
  await drawn({ count: 1, sizes: [size], seed: 5, class: "1", out: at("deep"), saveFunctions: true });
  const name = at("deep/step16-seed5-count1-class1-thumbs");
  const file = await exportFunctionFile(`${name}-0000.safetensors`, { size });
  t.equal(file.path, `${name}-0000-24x40.onnx`);

  const coordinates = coordinateGrid({ width: 24, height: 40 }).data;
  const { rgb } = readPng(`${name}-24x40.png`);
  const results = await Promise.all(
    [sampled.path, file.path].map((path) => onnx(path, { coordinates: [coordinates, [960, 2]] })),
  );
  for (const { output, shape, data } of results) {
    t.same([output, shape], ["colours", [960, 3]]);
    const worst = farthest(rgb, (pixel, channel) => data[pixel * 3 + channel]);
    t.ok(worst <= 1, `off by ${worst} of 255 at most`);
  }
  t.same(results[0].data, results[1].data);
  t.same(readdirSync(at("deep")).length, 4);
});
