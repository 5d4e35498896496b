// `imagefn compare` as a process: what it prints and its exit codes; and the baselines in the other commands.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { openRunFolder, readLog } from "@imagefn/runs";
import { tinyRun } from "@imagefn/testing/tinyRun";
import t from "tap";
import { imagefnHere } from "./inProcess.js";
import { checkpoints, imagefnIn, paragraph, yamlOf } from "./tiny.js";

t.setTimeout(280_000);
// 32 pixels: a comparison has networks of 32, 64 and 128 pixels too.
const yaml = yamlOf({
  data: { ...tinyRun.data, size: 32 },
  sample: { ...tinyRun.sample, sizes: [[32, 32]] },
});
const home = t.testdir({ "tiny.yaml": yaml });
const imagefn = imagefnHere(home);
const inHome = (...path: string[]) => join(home, ...path);

t.test("a comparison prints its table and its files, and resumes", async (t) => {
  const args = "compare tiny.yaml --steps 6 --set pretrain.steps=3 --count 3 --seconds 0.01 --out all";
  const first = await imagefnIn(home)(args);
  t.equal(first.status, 0, first.stderr);
  for (const kind of ["func", "unet", "dit", "uvit"]) {
    const run = openRunFolder(inHome("all", kind));
    t.equal(run.config.generator.kind, kind);
    t.match(readLog(run.log).at(-1), { phase: "train", step: 6 });
  }
  t.equal(first.stdout.split("\n").filter((line) => line.startsWith("| CM-")).length, 4);
  for (const name of ["samples.png", "table.md", "table.json", "loss.svg", "loss.png"]) {
    t.match(first.stdout, new RegExp(`^all/${name}$`, "m"));
    t.ok(existsSync(inHome("all", name)), name);
  }
  const before = checkpoints(inHome("all", "unet")).map((path) => statSync(path).mtimeMs);
  const again = await imagefn(args);
  t.equal(again.status, 0, again.stderr);
  const after = checkpoints(inHome("all", "unet")).map((path) => statSync(path).mtimeMs);
  t.same(after, before, "nothing is trained twice");
  const other = await imagefn(`${args} --seed 1`);
  t.equal(other.status, 1);
  t.match(paragraph(other), /func holds a run with other settings/);
});

t.test("finished runs are compared as they are", async (t) => {
  const ended = await imagefn("compare all/func all/dit --count 2 --seconds 0.01 --out two");
  t.equal(ended.status, 0, ended.stderr);
  t.same(readdirSync(inHome("two")).sort(), [
    "loss.png",
    "loss.svg",
    "samples.png",
    "table.json",
    "table.md",
  ]);
  const refused = async (args: string, status: number, message: RegExp) => {
    const { status: got, stderr, stdout } = await imagefn(args);
    t.equal(got, status, args);
    t.match(paragraph({ status: got, stderr, stdout }), message);
  };
  await refused("compare all/func nowhere", 1, /nowhere is not a run folder, but all\/func is one/);
  await refused(
    "compare all/func --minutes 3",
    2,
    /--minutes applies to training only, and all\/func is trained already/,
  );
  await refused("compare a b", 2, /expected run folders, or a single preset/);
});

t.test("images of the baselines have one size and no function", async (t) => {
  const refused = async (args: string, message: RegExp) => {
    const ended = await imagefn(args);
    t.equal(ended.status, 2, args);
    t.match(paragraph(ended), message);
  };
  await refused(
    "sample all/unet --size 64",
    /--size 64x64: a run of generator\.kind unet gives images .*32x32/,
  );
  await refused("sample all/dit --save-functions", /gives images, not image functions/);
  await refused("export all/uvit --what function", /generator\.kind uvit, which makes images/);
  await refused("export all/uvit --size 64", /makes images of 32x32 only/);
  const sampled = await imagefn("sample all/uvit --steps 2 --count 2 --out pictures");
  t.equal(sampled.status, 0, sampled.stderr);
  t.equal(sampled.stdout, "pictures/step6-seed0-count2-levels2-32x32.png\n");
});
