// Images, checkpoints and numbers that cannot be used: each is said once, and nothing already written is lost.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePng } from "@imagefn/base";
import { openRun, type Run, train } from "@imagefn/runs";
import { editCheckpoint } from "@imagefn/testing/tinyRun";
import t from "tap";
import { checkpoints } from "./reading.js";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (...names: string[]) => join(home, ...names);
const run = await train(tiny, { out: at("run"), isolate: false });

/** Every file of a run with its bytes. */
const contents = (folder: string) =>
  readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path, readFileSync(path, "base64")]);

/** A copy of the finished run, whose last checkpoint the test may spoil. */
function copyOfRun(name: string): string {
  cpSync(run.path, at(name), { recursive: true });
  return checkpoints({ checkpoints: at(name, "checkpoints") }).at(-1)!;
}

const resume = async (name: string): Promise<Run> => (await openRun(at(name))).resume({ isolate: false });
const sample = async (name: string) => (await openRun(at(name))).sample();

t.test("images that cannot be used", async (t) => {
  const folder = (name: string) => {
    mkdirSync(at(name));
    return (file: string) => at(name, file);
  };
  const size = { width: 20, height: 20 };
  const picture = Buffer.alloc(3 * 20 * 20, 200);
  folder("empty");
  writeFileSync(folder("corrupt")("noise.png"), picture);
  await writePng(at("corrupt", "fine.png"), size, [picture]);
  const cut = folder("cut")("half.png");
  await writePng(cut, size, [picture]);
  truncateSync(cut, readFileSync(cut).length >> 1);
  await writePng(folder("small")("tiny.png"), { width: 20, height: 15 }, [picture.subarray(0, 900)]);
  const config = { ...tiny, data: { kind: "folder", size: 16, heldOut: 4 } } as const;
  for (const [data, message] of [
    ["missing", /missing/],
    ["empty", /no images in .*empty/],
    ["corrupt", /corrupt\/noise\.png/],
    ["cut", /cut\/half\.png/],
    ["small", /small\/tiny\.png is too small \(got 20 x 15, expected at least 16 x 16\)/],
  ] as const)
    await t.rejects(train(config, { data: at(data), out: at(`run-${data}`) }), { message }, data);
  t.same(
    readdirSync(home).filter((name) => name.startsWith("run-")),
    [],
    "a run that never began leaves no folder in the way of the next try",
  );
});

t.test("warnings of a data set are told, and the run goes on", async (t) => {
  writeFileSync(at("file"), "not a folder");
  const { IMAGEFN_CACHE } = process.env;
  process.env.IMAGEFN_CACHE = at("file", "cache");
  t.teardown(() => {
    if (IMAGEFN_CACHE === undefined) delete process.env.IMAGEFN_CACHE;
    else process.env.IMAGEFN_CACHE = IMAGEFN_CACHE;
  });
  const messages: string[] = [];
  const config = { ...tiny, pretrain: { ...tiny.pretrain, steps: 0 } };
  const warned = await train(config, {
    out: at("warned"),
    steps: 1,
    isolate: false,
    onMessage: (text) => messages.push(text),
  });
  t.equal(warned.finished, true);
  t.match(messages.join("\n"), /^warning: datasets: the cache could not be written .*IMAGEFN_CACHE/m);
});

t.test("checkpoints that cannot be used", async (t) => {
  truncateSync(copyOfRun("truncated"), 3000);
  const header = copyOfRun("header");
  writeFileSync(header, readFileSync(header).fill(0xff, 0, 8));
  const numbers = copyOfRun("numbers");
  const bytes = readFileSync(numbers);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(numbers, bytes);
  const edit = (name: string, ...changes: [string, string][]) => {
    copyOfRun(name);
    const path = at(name, "config.yaml");
    const text = readFileSync(path, "utf8");
    writeFileSync(
      path,
      changes.reduce((yaml, [from, to]) => yaml.replace(from, to), text),
    );
  };
  edit("network", ["dim: 16", "dim: 32"], ["peDim: 8 ", "peDim: 12 "]);
  edit("averages", ["[0.9, 0.5]", "[0.9]"]);
  const names = ["truncated", "header", "numbers", "network", "averages"];
  const before = names.map(contents);

  const damaged = (name: string, message: RegExp) => ({
    code: "damaged-checkpoint",
    message,
    details: { path: at(name) },
  });
  await t.rejects(
    resume("truncated"),
    damaged("truncated", /checkpoint .*truncated\/.*truncated.*Remove this file to resume/),
  );
  await t.rejects(sample("header"), damaged("header", /checkpoint .*header\/.*cannot be read/));
  await t.rejects(sample("numbers"), damaged("numbers", /checkpoint .*numbers\/.*checksum mismatch/));
  const other = (name: string, message: RegExp) => ({
    code: "other-settings",
    message,
    details: { path: at(name) },
  });
  await t.rejects(
    sample("network"),
    other("network", /another network.*\(dim 16, now 32; inr\.peDim 8, now 12\)/),
  );
  await t.rejects(resume("averages"), {
    code: "changed-settings",
    message: /train\.emaRates was \[0\.9,0\.5\], is now \[0\.9\]/,
    details: { path: at("averages"), fields: ["train.emaRates"] },
  });
  t.same(names.map(contents), before, "nothing is changed");

  rmSync(checkpoints({ checkpoints: at("truncated", "checkpoints") }).at(-1)!);
  const messages: string[] = [];
  const again = await (await openRun(at("truncated"))).resume({ onMessage: (text) => messages.push(text) });
  t.equal(again.finished, true, "as the message says, the checkpoint before does");
  t.match(messages.join("\n"), /resuming from .*truncated\/checkpoints\/step-00000004/);
});

t.test("a loss that is no number, and weights that are none", async (t) => {
  // Numbers near the largest there are: the next step cannot but overflow.
  const loss = copyOfRun("loss");
  const back = (position: string, step: number) => JSON.stringify({ ...JSON.parse(position), step });
  editCheckpoint(loss, ({ tensors, metadata }) => {
    metadata.position = back(metadata.position, 4);
    for (const [path, { data }] of tensors) if (path.startsWith("params.")) data.fill(3e38);
  });
  // A moment like that makes the next weights infinite while the loss is still fine.
  const weights = copyOfRun("weights");
  editCheckpoint(weights, ({ tensors, metadata }) => {
    metadata.position = back(metadata.position, 5);
    for (const [path, { data }] of tensors) if (path.startsWith("moments.m.")) data.fill(3e38);
  });
  const before = [loss, weights].map((path) => readFileSync(path, "base64"));
  await t.rejects(resume("loss"), {
    code: "diverged",
    message: /the loss of training step 4 is (NaN|-?Infinity).*Lower the learning rate/,
    details: { path: at("loss"), checkpoint: loss },
  });
  await t.rejects(resume("loss"), { message: /step-00000010\.safetensors, is kept.*loss\/config\.yaml/ });
  await t.rejects(resume("weights"), {
    code: "diverged",
    message: /after train step 5 the weights became NaN or infinite.*Lower the learning rate/,
    details: { path: at("weights"), checkpoint: weights },
  });
  t.same(
    [loss, weights].map((path) => readFileSync(path, "base64")),
    before,
    "the last checkpoints are as they were",
  );
});
