// `imagefn sample` and `imagefn export` end to end, on one conditional run.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { initialNoise } from "@imagefn/consistency";
import { coordinateGrid, loadImageFunction } from "@imagefn/inr";
import { InferenceSession, Tensor } from "onnxruntime-node";
import t, { type Test } from "tap";
import { type Ended, imagefnIn, paragraph, readPng, tinyYaml } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir({ "tiny.yaml": tinyYaml });
const imagefn = imagefnIn(home);
const inHome = (...path: string[]) => join(home, ...path);

/** The pictures that a command printed. */
const printed = ({ stdout }: Ended) => stdout.trimEnd().split("\n");

/** Succeeds, or fails the test with what the command said. */
async function good(t: Test, args: string): Promise<Ended> {
  const ended = await imagefn(args);
  t.equal(ended.status, 0, `${args}\n${ended.stderr}`);
  return ended;
}

/** Fails with an exit code and one paragraph. */
async function refused(t: Test, args: string, status: number, message: RegExp) {
  const ended = await imagefn(args);
  t.equal(ended.status, status, args);
  t.match(paragraph(ended), message);
  t.equal(ended.stdout, "");
}

t.before(async () => {
  const styles = "--set data.styles=[pixel-art,thumbs] --set data.classes=true";
  const steps = "--set pretrain.steps=4 --set train.steps=12";
  // Steps this large make classes count after so few of them.
  const rate = "--set train.optimizer=adam --set train.learningRate=0.1";
  const ended = await imagefn(`train tiny.yaml --out run ${styles} ${steps} ${rate}`);
  if (ended.status !== 0) throw new Error(ended.stderr);
});

/** The rows of 16 x 16 pixels of a picture. */
const cell = (picture: { width: number; rgb: Uint8Array }, left: number, top: number) =>
  Array.from({ length: 16 }, (_, y) => {
    const at = 3 * ((top + y) * picture.width + left);
    return [...picture.rgb.subarray(at, at + 48)];
  });

t.test("without options: the pictures that the run ended with", async (t) => {
  const paths = printed(await good(t, "sample run"));
  t.same(
    paths,
    ["16x16", "24x40"].map((size) => `run/samples/step16-seed0-count5-${size}.png`),
  );
  for (const path of paths)
    t.ok(
      readFileSync(inHome(path)).equals(readFileSync(inHome(path.replace("step16-seed0-count5-", "")))),
      path,
    );
});

t.test("one function is the bare picture, the same as in the grid", async (t) => {
  const [alone] = printed(await good(t, "sample run --count 1 --size 24x40 --out pictures"));
  t.equal(alone, "pictures/step16-seed0-count1-24x40.png");
  const { width, height, rgb } = readPng(inHome(alone));
  t.same([width, height], [24, 40]);
  const grid = readPng(inHome("run", "samples", "24x40.png"));
  const row = (y: number) => grid.rgb.subarray(((2 + y) * grid.width + 2) * 3).subarray(0, 24 * 3);
  t.ok(Buffer.concat(Array.from({ length: 40 }, (_, y) => row(y))).equals(rgb));
});

t.test("seed, class, weights and steps each have names and pictures of their own", async (t) => {
  const options = ["", "--seed 1", "--class thumbs", "--ema 0.5", "--ema online", "--steps 3"];
  const paths = await Promise.all(
    options.map(async (option) => printed(await good(t, `sample run --count 2 --size 16 ${option}`.trim()))),
  );
  t.same(
    paths.flat().map((path) => path.replace("run/samples/step16-", "")),
    [
      "seed0-count2-16x16.png",
      "seed1-count2-16x16.png",
      "seed0-count2-class1-thumbs-16x16.png",
      "seed0-count2-ema0.5-16x16.png",
      "seed0-count2-online-16x16.png",
      "seed0-count2-levels3-16x16.png",
    ],
  );
  const pictures = paths.flat().map((path) => readFileSync(inHome(path), "base64"));
  t.equal(new Set(pictures).size, options.length);
  const [numbered] = printed(await good(t, "sample run --count 2 --size 16 --class 1 --out by-number"));
  t.equal(readFileSync(inHome(numbered), "base64"), pictures[2], "a class by number");
});

t.test("--by-class draws a row for each class from the same noise", async (t) => {
  const [path] = printed(await good(t, "sample run --by-class --count 3 --size 16 --out pictures"));
  t.equal(path, "pictures/step16-seed0-count3-by-class-16x16.png");
  const { width, height, rgb } = readPng(inHome(path));
  t.same([width, height], [3 * 18 + 2, 2 * 18 + 2]);
  for (const [row, name] of ["pixel-art", "thumbs"].entries()) {
    const [one] = printed(await good(t, `sample run --class ${name} --count 3 --size 16 --out pictures`));
    const grid = readPng(inHome(one));
    for (const column of [0, 1]) {
      // Three images on a sheet of two columns: the first two are its first row.
      const expected = cell(grid, 2 + 18 * column, 2);
      t.same(cell({ width, rgb }, 2 + 18 * column, 2 + 18 * row), expected, `${name} ${column}`);
    }
  }
});

t.test("several steps go down the Karras grid in equal parts", async (t) => {
  const { stderr } = await good(t, "sample run --count 1 --steps 3 --out pictures");
  const [low, high] = [0.002 ** (1 / 7), 80 ** (1 / 7)];
  const level = (share: number) => ((low + share * (high - low)) ** 7).toPrecision(3);
  t.match(stderr, `noise levels 80, ${level(2 / 3)}, ${level(1 / 3)}\n`);
});

t.test("functions as files, and sheets that would be too large as single pictures", async (t) => {
  const { stdout, stderr } = await good(
    t,
    "sample run --count 2 --size 8193x1,16 --save-functions --out wide",
  );
  t.same(stdout.trimEnd().split("\n"), [
    "wide/step16-seed0-count2-8193x1-0000.png",
    "wide/step16-seed0-count2-8193x1-0001.png",
    "wide/step16-seed0-count2-16x16.png",
  ]);
  t.match(readPng(inHome("wide/step16-seed0-count2-8193x1-0001.png")), { width: 8193, height: 1 });
  t.match(stderr, /functions: wide\/step16-seed0-count2-\*\.safetensors/);
  const second = loadImageFunction(readFileSync(inHome("wide/step16-seed0-count2-0001.safetensors")));
  t.same(second.metadata, { seed: "0", class: "thumbs", index: "1" });
  t.same(second, loadImageFunction(readFileSync(inHome("run/functions/sample-0001.safetensors"))));

  const separate = await good(t, "sample run --count 2 --size 16 --separate --out wide");
  t.same(
    separate.stdout.trimEnd().split("\n"),
    [0, 1].map((i) => `wide/step16-seed0-count2-16x16-000${i}.png`),
  );
  const grid = readPng(inHome("wide/step16-seed0-count2-16x16.png"));
  for (const i of [0, 1]) {
    const one = readPng(inHome(`wide/step16-seed0-count2-16x16-000${i}.png`));
    t.same(cell(one, 0, 0), cell(grid, 2 + 18 * i, 2), `picture ${i}`);
    t.equal(one.rgb.length, 3 * 16 * 16);
  }
});

t.test("Ctrl-C in a long render leaves no half-written picture", async (t) => {
  const { status, stdout } = await imagefn("sample run --count 1 --size 8192 --out big", {
    interruptAt: /\n8192x8192 +\d/,
  });
  t.equal(status, 130);
  t.equal(stdout, "");
  t.same(readdirSync(inHome("big")), []);
});

t.test("what cannot be sampled is refused", async (t) => {
  await refused(
    t,
    "sample run --class thums",
    1,
    /no such class \(did you mean thumbs\?\).*0 pixel-art, 1 thumbs/,
  );
  await refused(t, "sample run --class 2", 1, /no such class\. Expected a name or a number/);
  await refused(
    t,
    "sample run --ema 0.99",
    1,
    /no average of rate 0\.99: expected online or one of 0\.9, 0\.5/,
  );
  await refused(t, "sample run --steps 2 --size 32", 2, /--size 32x32: steps 2 gives images .*16x16/);
  await refused(
    t,
    "sample run --steps 2 --save-functions",
    2,
    /--save-functions: steps 2 gives images, not image functions/,
  );
  await refused(t, "sample run --steps 151", 2, /the noise grid of this run has fewer.*train\.s1 150/);
  await refused(t, "sample runs/none", 1, /there is no run folder runs\/none/);
  await refused(t, "sample pictures", 1, /pictures is not a run folder/);
});

/** Runs an ONNX file in ONNX Runtime, as any other program would. */
async function onnx(path: string, feeds: Record<string, [Float32Array, number[]]>) {
  const session = await InferenceSession.create(inHome(path), { intraOpNumThreads: 1 });
  const tensors = Object.entries(feeds).map(([name, [data, shape]]) => [
    name,
    new Tensor("float32", data, shape),
  ]);
  const results = await session.run(Object.fromEntries(tensors));
  const [output] = session.outputNames;
  await session.release();
  return {
    inputs: session.inputNames,
    output,
    shape: results[output].dims,
    data: results[output].data as Float32Array,
  };
}

/** How far a PNG's bytes are from those of values, [pixel][channel] at `value(pixel, channel)`. */
function farthest(rgb: Uint8Array, value: (pixel: number, channel: number) => number): number {
  let worst = 0;
  for (let i = 0; i < rgb.length; i++) {
    const byte = Math.round((value(Math.floor(i / 3), i % 3) + 1) * 127.5);
    worst = Math.max(worst, Math.abs(byte - rgb[i]));
  }
  return worst;
}

t.test("an exported generator makes in ONNX Runtime what sample makes", async (t) => {
  const { stdout, stderr } = await good(t, "export run --size 24x40 --batch 2");
  t.equal(stdout, "run/exports/generator-step16-24x40-batch2.onnx\n");
  t.match(
    stderr,
    /z \[2, 3, 16, 16\] .* and labels \[2\] from 0 to 1 -> image \[2, 3, 40, 24\] in \[-1, 1\]/,
  );
  const z = initialNoise(5, 0, 2, [3, 16, 16]);
  const made = await onnx(stdout.trim(), { z: [z, [2, 3, 16, 16]], labels: [Float32Array.of(1, 1), [2]] });
  t.same([made.inputs, made.output, made.shape], [["z", "labels"], "image", [2, 3, 40, 24]]);
  t.ok(made.data.every((v) => v >= -1 && v <= 1));
  const [path] = printed(
    await good(t, "sample run --count 1 --size 24x40 --seed 5 --class thumbs --out pictures"),
  );
  const { rgb } = readPng(inHome(path));
  const worst = farthest(rgb, (pixel, channel) => made.data[channel * 960 + pixel]);
  t.ok(worst <= 1, `off by ${worst} of 255 at most`);

  const bytes = readFileSync(inHome(stdout.trim()), "latin1");
  t.notMatch(bytes, "com.microsoft");
  for (const text of ["imagefn.generator", '"encoderDepth":1', '["pixel-art","thumbs"]'])
    t.ok(bytes.includes(text), text);
});

t.test("an exported function draws in ONNX Runtime what sample draws", async (t) => {
  const sampled = await good(
    t,
    "export run --what function --seed 5 --class 1 --size 24x40 --out deep/face.onnx",
  );
  t.equal(sampled.stdout, "deep/face.onnx\n");
  await good(t, "sample run --count 1 --size 24x40 --seed 5 --class 1 --out deep --save-functions");
  const name = "deep/step16-seed5-count1-class1-thumbs";
  const file = await good(t, `export ${name}-0000.safetensors --size 24x40`);
  t.equal(file.stdout, `${name}-0000-24x40.onnx\n`);

  const coordinates = coordinateGrid({ width: 24, height: 40 }).data;
  const { rgb } = readPng(inHome(`${name}-24x40.png`));
  const results = await Promise.all(
    ["deep/face.onnx", file.stdout.trim()].map((path) =>
      onnx(path, { coordinates: [coordinates, [960, 2]] }),
    ),
  );
  for (const { output, shape, data } of results) {
    t.same([output, shape], ["colours", [960, 3]]);
    const worst = farthest(rgb, (pixel, channel) => data[pixel * 3 + channel]);
    t.ok(worst <= 1, `off by ${worst} of 255 at most`);
  }
  t.same(results[0].data, results[1].data);
  t.same(readdirSync(inHome("deep")).length, 4);
});

t.test("what cannot be exported is refused", async (t) => {
  await refused(t, "export run --seed 3", 2, /--seed requires --what function.*Add --what function/);
  await refused(t, "export run --what function --batch 2", 2, /--batch 2: it requires a generator/);
  await refused(t, "export run/functions/sample-0000.safetensors --ema 0.5", 2, /--ema applies to a run/);
  await refused(
    t,
    "export run/config.yaml",
    1,
    /config\.yaml is neither a run folder nor an image function file/,
  );
  await refused(t, "export run --what functon", 2, /Allowed choices are generator, function/);
});
