// Bad input and bad luck: each gets one paragraph and an exit code, and nothing already written is lost. The errors
// themselves are tested in the package runs.
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
import { pngBytes } from "@imagefn/base";
import { readLog } from "@imagefn/runs";
import { editCheckpoint, tinyRun } from "@imagefn/testing/tinyRun";
import t, { type Test } from "tap";
import { imagefnHere } from "./inProcess.js";
import { checkpoints, imagefnIn, type Place, paragraph, positionOf, yamlOf } from "./tiny.js";

t.setTimeout(240_000);
const short = yamlOf({ pretrain: { ...tinyRun.pretrain, steps: 3 }, train: tinyRun.train });
const home = t.testdir({ "tiny.yaml": short });
const imagefn = imagefnHere(home);
const inHome = (...path: string[]) => join(home, ...path);

/** Runs a command that must fail, with one paragraph and without a stack trace. */
async function fails(t: Test, args: string, status: number, message: RegExp, options?: Omit<Place, "cwd">) {
  const ended = await (options ? imagefnIn(home)(args, options) : imagefn(args));
  t.equal(ended.status, status, args);
  t.match(paragraph(ended), message);
  return ended;
}

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

t.test("images that cannot be used: advice in options of the command", async (t) => {
  const pixels = new Uint8Array(3 * 64 * 64);
  mkdirSync(inHome("pictures", "a"), { recursive: true });
  for (const name of ["1.png", "a/2.png"])
    writeFileSync(inHome("pictures", name), await pngBytes({ width: 64, height: 64 }, [pixels]));
  const train = "train folder64-tiny --data pictures";
  await fails(
    t,
    train,
    1,
    /pretrain\.batch is 16 and train\.batch is 16, but there are 2 training images\. Lower both\. For example, use --set pretrain\.batch=2 --set train\.batch=2\.$/,
  );
  await fails(
    t,
    `${train} --set data.classes=true`,
    1,
    /train without classes \(--set data\.classes=false\)$/,
  );
  writeFileSync(inHome("pictures", "3.png"), "");
  await fails(t, train, 1, /3\.png.*use --set data\.skipBroken=true to go on with the other 2$/);
  t.same(readdirSync(inHome("runs")), [], "no run folder is left");
});

t.test("images that cannot be used", async (t) => {
  mkdirSync(inHome("empty"));
  writeFileSync(
    inHome("folder.yaml"),
    short.replace("kind: avatars", "kind: folder").replace(/ *count: 64\n/, ""),
  );
  await fails(t, "train folder.yaml --data missing --out run-missing", 1, /missing/);
  await fails(t, "train folder.yaml --data empty --out run-empty", 1, /no images in .*empty/);
  t.same(
    readdirSync(home).filter((name) => name.startsWith("run-")),
    [],
    "a run that never began leaves no folder in the way of the next try",
  );
});

t.test("warnings of a data set are printed, and the run goes on", async (t) => {
  writeFileSync(inHome("file"), "not a folder");
  const warned = imagefnHere(home, { IMAGEFN_CACHE: inHome("file", "cache") });
  const { status, stderr } = await warned("train tiny.yaml --out warned --steps 1 --set pretrain.steps=0");
  t.equal(status, 0, stderr);
  t.match(stderr, /\nwarning: datasets: the cache could not be written .*IMAGEFN_CACHE/);
});

t.test("checkpoints that cannot be used", async (t) => {
  truncateSync(copyOfRun("truncated"), 3000);
  copyOfRun("averages");
  const averages = inHome("averages", "config.yaml");
  writeFileSync(averages, readFileSync(averages, "utf8").replace("[0.9, 0.5]", "[0.9]"));
  await fails(
    t,
    "train --resume truncated",
    1,
    /checkpoint truncated\/.*truncated.*Remove this file to resume/,
  );
  await fails(t, "sample truncated", 1, /checkpoint truncated\/.*cannot be read/);
  await fails(
    t,
    "train --resume averages",
    1,
    /train\.emaRates was \[0\.9,0\.5\], is now \[0\.9\].*`--changed-settings` resumes with the new ones/,
  );

  rmSync(checkpoints(inHome("truncated")).at(-1)!);
  const again = await imagefn("train --resume truncated");
  t.equal(again.status, 0, `as the message says, the checkpoint before does: ${again.stderr}`);
  t.match(again.stderr, /resuming from truncated\/checkpoints\/step-00000003/);
});

t.test("a loss that is no number: how to go on is said in a command", async (t) => {
  // Numbers near the largest there are: the next step cannot but overflow.
  editCheckpoint(copyOfRun("loss"), ({ tensors, metadata }) => {
    metadata.position = JSON.stringify({ ...JSON.parse(metadata.position), step: 4 });
    for (const [path, { data }] of tensors) if (path.startsWith("params.")) data.fill(3e38);
  });
  const ended = await fails(
    t,
    "train --resume loss",
    1,
    /the loss of training step 4 is (NaN|-?Infinity).*Lower the learning rate/,
  );
  t.match(
    paragraph(ended),
    /step-00000009\.safetensors, is kept.*loss\/config\.yaml.*`imagefn train --resume loss --changed-settings`/,
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
