// `imagefn sample` and `imagefn export` on one conditional run: what they print, and what they refuse. What the pictures and
// the models hold is tested in the package runs.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { imagefnHere } from "./inProcess.js";
import { type Ended, imagefnIn, paragraph, tinyYaml } from "./tiny.js";

t.setTimeout(240_000);
const home = t.testdir({ "tiny.yaml": tinyYaml });
const imagefn = imagefnHere(home);
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
  const ended = await imagefn(`train tiny.yaml --out run ${styles} ${steps}`);
  if (ended.status !== 0) throw new Error(ended.stderr);
});

t.test("sample prints the paths of the pictures, as every option names them", async (t) => {
  const ended = await imagefnIn(home)("sample run");
  t.equal(ended.status, 0, ended.stderr);
  t.same(
    printed(ended),
    ["16x16", "24x40"].map((size) => `run/samples/step16-seed0-count5-${size}.png`),
  );
  const cases: [options: string, paths: string[]][] = [
    ["--count 1 --size 24x40 --out pictures", ["pictures/step16-seed0-count1-24x40.png"]],
    ["--count 2 --size 16 --seed 1", ["run/samples/step16-seed1-count2-16x16.png"]],
    ["--count 2 --size 16 --class thumbs", ["run/samples/step16-seed0-count2-class1-thumbs-16x16.png"]],
    ["--count 2 --size 16 --class 1 --out x", ["x/step16-seed0-count2-class1-thumbs-16x16.png"]],
    ["--count 2 --size 16 --ema 0.5", ["run/samples/step16-seed0-count2-ema0.5-16x16.png"]],
    ["--count 2 --size 16 --ema online", ["run/samples/step16-seed0-count2-online-16x16.png"]],
    ["--count 2 --size 16 --steps 3", ["run/samples/step16-seed0-count2-levels3-16x16.png"]],
    ["--by-class --count 3 --size 16 --out pictures", ["pictures/step16-seed0-count3-by-class-16x16.png"]],
    [
      "--count 2 --size 16 --separate --out wide",
      [0, 1].map((i) => `wide/step16-seed0-count2-16x16-000${i}.png`),
    ],
    [
      "--count 2 --size 8193x1,16 --out wide",
      ["8193x1-0000", "8193x1-0001", "16x16"].map((size) => `wide/step16-seed0-count2-${size}.png`),
    ],
  ];
  for (const [options, paths] of cases) {
    t.same(printed(await good(t, `sample run ${options}`)), paths, options);
    for (const path of paths) t.ok(existsSync(inHome(path)), path);
  }
});

t.test("shards write the files of one command, and say when each is complete", async (t) => {
  const options = "sample run --count 20 --size 16 --separate --out";
  const whole = printed(await good(t, `${options} one`)).map((path) => path.replace("one/", "two/"));
  const first = printed(await good(t, `${options} two --shard 1/2`));
  const second = printed(await good(t, `${options} two --shard 2/2`));
  t.same([...first, ...second], whole);
  t.equal(first.length, 16);
  for (const path of whole)
    t.ok(readFileSync(inHome(path)).equals(readFileSync(inHome(path.replace("two/", "one/")))), path);
  const records = readdirSync(inHome("two")).filter((name) => name.endsWith(".json"));
  t.same(
    records,
    [1, 2].map((i) => `step16-seed0-count20-16x16-shard${i}of2.json`),
  );
  await refused(t, `${options} x --shard 1/3`, 2, /--shard 1\/3: there are 2 blocks .*Use 2 shards or fewer/);
});

t.test("sample says which noise levels several steps take, and where functions are", async (t) => {
  const { stderr } = await good(t, "sample run --count 1 --steps 3 --out pictures");
  t.match(stderr, /noise levels 80, \d[\d.]*, \d[\d.]*\n/);
  const saved = await good(t, "sample run --count 2 --size 16 --save-functions --out wide");
  t.match(saved.stderr, /functions: wide\/step16-seed0-count2-\*\.safetensors/);
});

t.test("Ctrl-C in a long render leaves no half-written picture", async (t) => {
  const { status, stdout } = await imagefnIn(home)("sample run --count 1 --size 8192 --out big", {
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
  await refused(
    t,
    "sample run --guidance 2",
    2,
    /--guidance 2: the run run was trained with all labels \(train\.labelDropout is 0\).*Train a run with train\.labelDropout/,
  );
  await refused(t, "sample run --steps 151", 2, /the noise grid of this run has fewer.*train\.s1 150/);
  await refused(t, "sample runs/none", 1, /there is no run folder runs\/none/);
  await refused(t, "sample pictures", 1, /pictures is not a run folder/);
});

t.test("edit prints the paths of what it made, and refuses what is no edit", async (t) => {
  const picture = printed(await good(t, "sample run --count 1 --size 16 --class 0 --out given"))[0];
  const path =
    /^pictures\/colorize-step16-seed0-count1-class0-pixel-art-16x16-[0-9a-f]{8}-step16-seed1-count2-levels3-24x40\.png$/;
  const made = await good(
    t,
    `edit run --colorize ${picture} --count 2 --steps 3 --seed 1 --size 24x40 --out pictures`,
  );
  t.match(printed(made)[0], path);
  t.ok(existsSync(inHome(printed(made)[0])));
  t.match(made.stderr, /noise levels 80, /);
  await refused(t, "edit run", 2, /nothing to edit: give one of --inpaint, --colorize, /);
  await refused(
    t,
    `edit run --strokes ${picture} --superres x`,
    2,
    /--superres and --strokes cannot be used/,
  );
  await refused(t, `edit run --inpaint ${picture}`, 2, /--inpaint .*it requires mask/);
  await refused(t, `edit run --colorize ${picture} --show-input --separate`, 2, /--show-input: separate/);
  await refused(t, "edit run --interpolate 3", 2, /Expected the numbers of two samples, such as 0,7/);
  await refused(t, "edit run --colorize none.png", 1, /none\.png/);
});

t.test("export prints the path of the model, and says what goes in and what comes out", async (t) => {
  const { stdout, stderr } = await good(t, "export run --size 24x40 --batch 2");
  t.equal(stdout, "run/exports/generator-step16-24x40-batch2.onnx\n");
  t.match(
    stderr,
    /z \[2, 3, 16, 16\] .* and labels \[2\] from 0 to 1 -> image \[2, 3, 40, 24\] in \[-1, 1\]/,
  );
  const sampled = await good(
    t,
    "export run --what function --seed 5 --class 1 --size 24x40 --out deep/face.onnx",
  );
  t.equal(sampled.stdout, "deep/face.onnx\n");
  const file = await good(t, "export run/functions/sample-0000.safetensors --size 24x40");
  t.equal(file.stdout, "run/functions/sample-0000-24x40.onnx\n");
  for (const path of [stdout, sampled.stdout, file.stdout]) t.ok(existsSync(inHome(path.trim())), path);
});

t.test("image functions are exported as shaders and in fewer bytes", async (t) => {
  const shader = await good(t, "export run --what function --class 1 --bits 4 --out deep/face.wgsl");
  t.match(shader.stderr, /fragment shader, [\d,]+ bytes, [\d,]+ with gzip; its uniform resolution/);
  t.match(readFileSync(inHome("deep/face.wgsl"), "utf8"), /^\/\/ An image function: .* 4 bits a weight/);
  const named = await good(t, "export run --what function --class 1 --format shadertoy");
  t.equal(named.stdout, "run/exports/function-step16-seed0-class1-thumbs-8bit.shadertoy.glsl\n");
  const file = await good(
    t,
    "export run/functions/sample-0000.safetensors --format safetensors --precision int8",
  );
  t.equal(file.stdout, "run/functions/sample-0000-int8.safetensors\n");
  t.match(file.stderr, /^[\d,]+ bytes of int8\n/);
  const [size, was] = [file.stdout.trim(), "run/functions/sample-0000.safetensors"].map(
    (path) => readFileSync(inHome(path)).length,
  );
  t.ok(size < was, `${size} of ${was} bytes`);
  const saved = await good(
    t,
    "sample run --count 1 --size 16 --save-functions --precision float16 --out wide",
  );
  t.match(saved.stderr, /functions: wide\/step16-seed0-count1-float16-\*\.safetensors/);
  t.ok(existsSync(inHome("wide/step16-seed0-count1-float16-0000.safetensors")));
});

t.test("animate prints the path of the animation", async (t) => {
  const options = "animate run --class thumbs --count 2 --frames 3 --size 16";
  const { stdout } = await good(t, options);
  t.equal(stdout, "run/samples/animation-step16-seed0-count2-frames3-fps24-class1-thumbs-16x16.png\n");
  t.match(readFileSync(inHome(stdout.trim()), "latin1"), /acTL/);
  await refused(t, "animate run --count 2", 2, /^imagefn: --class is missing: .* such as pixel-art/);
  await refused(
    t,
    `${options} --out a.gif`,
    2,
    /--out a\.gif: the end of the name is no kind of animation\. Use a name that ends in \.png/,
  );
});

t.test("what cannot be exported is refused", async (t) => {
  await refused(t, "export run --seed 3", 2, /--seed requires --what function.*Add --what function/);
  await refused(t, "export run --guidance 2", 2, /--guidance requires --what function.*Add --what function/);
  await refused(
    t,
    "export run/functions/sample-0000.safetensors --guidance 2",
    2,
    /--guidance applies to a run/,
  );
  await refused(t, "export run --what function --batch 2", 2, /--batch 2: it requires a generator/);
  await refused(t, "export run/functions/sample-0000.safetensors --ema 0.5", 2, /--ema applies to a run/);
  await refused(t, "export run --format glsl", 2, /the format glsl requires --what function/);
  await refused(t, "export run --out a.safetensors", 2, /the format safetensors requires --what function/);
  await refused(t, "export run --what function --bits 4", 2, /--bits 4: it belongs to shaders/);
  await refused(
    t,
    "export run --what function --format glsl --precision int8",
    2,
    /--precision int8: it belongs to the format safetensors, not to glsl/,
  );
  await refused(
    t,
    "export run --what function --format glsl --size 64",
    2,
    /--size 64x64: a function in the format glsl is drawn at any size/,
  );
  await refused(
    t,
    "export run/config.yaml",
    1,
    /config\.yaml is neither a run folder nor an image function file/,
  );
  await refused(t, "export run --what functon", 2, /Allowed choices are generator, function/);
});
