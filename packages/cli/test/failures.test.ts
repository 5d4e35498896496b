// Bad input and bad luck end to end: each gets one paragraph and an exit code, and nothing already written is lost.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writePng } from "@imagefn/base";
import { readLog } from "@imagefn/runs";
import t, { type Test } from "tap";
import {
  checkpoints,
  editCheckpoint,
  imagefnIn,
  type Place,
  paragraph,
  positionOf,
  tinyYaml,
} from "./tiny.js";

t.setTimeout(240_000);
const short = tinyYaml.replace("steps: 100", "steps: 3").replace("steps: 150", "steps: 6");
const home = t.testdir({ "tiny.yaml": short });
const imagefn = imagefnIn(home);
const inHome = (...path: string[]) => join(home, ...path);

/** Runs a command that must fail, with one paragraph and without a stack trace. */
async function fails(t: Test, args: string, status: number, message: RegExp, options?: Omit<Place, "cwd">) {
  const ended = await imagefn(args, options);
  t.equal(ended.status, status, args);
  t.match(paragraph(ended), message);
  return ended;
}

/** Every file of a run with its bytes. */
const contents = (run: string) =>
  readdirSync(inHome(run), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path, readFileSync(path, "base64")]);

/** A copy of the finished run, whose last checkpoint the test may spoil. */
function copyOfRun(name: string): string {
  cpSync(inHome("run"), inHome(name), { recursive: true });
  return checkpoints(inHome(name)).at(-1)!;
}

t.before(async () => {
  const ended = await imagefn("train tiny.yaml --out run");
  if (ended.status !== 0) throw new Error(ended.stderr);
});

t.test("mistakes in the command line and the configuration", async (t) => {
  writeFileSync(inHome("key.yaml"), `${short}\ntrian: { batch: 3 }\n`);
  writeFileSync(inHome("type.yaml"), short.replace("heads: 2", "heads: two"));
  writeFileSync(inHome("range.yaml"), short.replace("heads: 2", "heads: 1000"));
  await Promise.all([
    fails(t, "train tiny.yaml --minuts 3", 2, /unknown option '--minuts' \(Did you mean --minutes\?\)/),
    fails(t, "train key.yaml", 1, /key\.yaml: trian is not a field.*\(did you mean train\?\)/),
    fails(t, "train type.yaml", 1, /generator\.func\.heads is "two"; expected a whole number from 1 to 128/),
    fails(t, "train range.yaml", 1, /generator\.func\.heads is 1000; expected a whole number from 1 to 128/),
  ]);
  t.notOk(existsSync(inHome("runs")), "no run folder is made");
});

t.test("images that cannot be used", async (t) => {
  const folder = (name: string) => {
    mkdirSync(inHome(name));
    return (file: string) => inHome(name, file);
  };
  const size = { width: 20, height: 20 };
  const picture = Uint8Array.from({ length: 1200 }, (_, i) => (i * 31) % 256);
  folder("empty");
  await writePng(folder("corrupt")("fine.png"), size, [picture]);
  writeFileSync(inHome("corrupt", "noise.png"), picture);
  const cut = folder("cut")("half.png");
  await writePng(cut, size, [picture]);
  truncateSync(cut, readFileSync(cut).length >> 1);
  await writePng(folder("small")("tiny.png"), { width: 20, height: 15 }, [picture.subarray(0, 900)]);
  writeFileSync(inHome("folder.yaml"), short.replace("kind: avatars", "kind: folder"));
  const train = (data: string, message: RegExp) =>
    fails(t, `train folder.yaml --data ${data} --out run-${data}`, 1, message);
  await Promise.all([
    train("missing", /missing/),
    train("empty", /no images in .*empty/),
    train("corrupt", /corrupt\/noise\.png/),
    train("cut", /cut\/half\.png/),
    train("small", /small\/tiny\.png is too small \(got 20 x 15, expected at least 16 x 16\)/),
  ]);
  t.same(
    readdirSync(home).filter((name) => name.startsWith("run-")),
    [],
    "a run that never began leaves no folder in the way of the next try",
  );
});

t.test("warnings of a data set are printed, and the run goes on", async (t) => {
  writeFileSync(inHome("file"), "not a folder");
  const env = { IMAGEFN_CACHE: inHome("file", "cache") };
  const { status, stderr } = await imagefn("train tiny.yaml --out warned --steps 1 --set pretrain.steps=0", {
    env,
  });
  t.equal(status, 0, stderr);
  t.match(stderr, /\nwarning: datasets: the cache could not be written .*IMAGEFN_CACHE/);
});

t.test("checkpoints that cannot be used", async (t) => {
  truncateSync(copyOfRun("truncated"), 3000);
  const header = copyOfRun("header");
  writeFileSync(header, readFileSync(header).fill(0xff, 0, 8));
  const numbers = copyOfRun("numbers");
  const bytes = readFileSync(numbers);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(numbers, bytes);
  copyOfRun("network");
  const config = inHome("network", "config.yaml");
  writeFileSync(
    config,
    readFileSync(config, "utf8").replace("dim: 16", "dim: 32").replace("peDim: 8 ", "peDim: 12 "),
  );
  copyOfRun("averages");
  const averages = inHome("averages", "config.yaml");
  writeFileSync(averages, readFileSync(averages, "utf8").replace("[0.9, 0.5]", "[0.9]"));
  const before = ["truncated", "header", "numbers", "network", "averages"].map(contents);

  await Promise.all([
    fails(t, "train --resume truncated", 1, /checkpoint truncated\/.*truncated.*Remove this file to resume/),
    fails(t, "sample header", 1, /checkpoint header\/.*cannot be read/),
    fails(t, "sample numbers", 1, /checkpoint numbers\/.*checksum mismatch/),
    fails(t, "sample network", 1, /another network.*\(dim 16, now 32; inr\.peDim 8, now 12\)/),
    fails(t, "train --resume averages", 1, /other averages of the weights/),
  ]);
  t.same(
    ["truncated", "header", "numbers", "network", "averages"].map(contents),
    before,
    "nothing is changed",
  );

  rmSync(checkpoints(inHome("truncated")).at(-1)!);
  const again = await imagefn("train --resume truncated");
  t.equal(again.status, 0, `as the message says, the checkpoint before does: ${again.stderr}`);
  t.match(again.stderr, /resuming from truncated\/checkpoints\/step-00000003/);
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
  const [ended] = await Promise.all([
    fails(
      t,
      "train --resume loss",
      1,
      /the loss of training step 4 is (NaN|-?Infinity).*Lower the learning rate/,
    ),
    fails(
      t,
      "train --resume weights",
      1,
      /after train step 5 the weights became NaN or infinite.*Lower the learning rate/,
    ),
  ]);
  t.match(
    paragraph(ended),
    /step-00000009\.safetensors, is kept.*loss\/config\.yaml.*`imagefn train --resume loss`/,
  );
  t.same(
    [loss, weights].map((path) => readFileSync(path, "base64")),
    before,
    "the last checkpoints are as they were",
  );
});

t.test("a full disk: what was written stays, and resuming works once there is room", async (t) => {
  const preload = pathToFileURL(new URL("./fullDisk.js", import.meta.url).pathname).href;
  const full = (name: string) => ({ env: { NODE_OPTIONS: `--import ${preload}`, IMAGEFN_TEST_FULL: name } });
  const cases = [
    ["step-00000009", "disk1"],
    ["24x40.png", "disk2"],
    ["log.jsonl", "disk3"],
  ];
  for (const [file, run] of cases) {
    const ended = await fails(
      t,
      `train tiny.yaml --out ${run}`,
      1,
      /the disk is full: .*Free some space/,
      full(file),
    );
    t.match(paragraph(ended), file);
    t.notOk(
      readdirSync(inHome(run), { recursive: true }).some((name) => String(name).endsWith(".tmp")),
      "no half-written file is left",
    );
  }
  t.same(
    checkpoints(inHome("disk1"))
      .map(positionOf)
      .map(({ phase }) => phase),
    ["pretrain"],
  );
  t.same(readdirSync(inHome("disk2", "samples")).sort(), ["16x16.png", "data.png"]);
  const again = await imagefn("train --resume disk1");
  t.equal(again.status, 0, again.stderr);
  const grid = join("samples", "24x40.png");
  t.ok(readFileSync(inHome("disk1", grid)).equals(readFileSync(inHome("run", grid))));
  t.equal(readLog(inHome("disk1", "log.jsonl")).at(-1)!.step, 6);
});

t.test("a disk that is really full", async (t) => {
  const disk = mkdtempSync(join(tmpdir(), "imagefn-disk-"));
  t.teardown(() => rmSync(disk, { recursive: true }));
  const mount = (size: string) =>
    execFileSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", disk], { stdio: "ignore" });
  try {
    // Enough for the checkpoint of pre-training, and not for the next one.
    mount("size=400k");
  } catch {
    t.pass("mounting a small disk needs root", { skip: true });
    return;
  }
  t.teardown(() => execFileSync("umount", ["-l", disk]));
  const run = join(disk, "run");
  await fails(t, `train tiny.yaml --out ${run}`, 1, /the disk is full: .*run\/checkpoints/);
  t.same(
    checkpoints(run).map((path) => positionOf(path).phase),
    ["pretrain"],
  );
});
