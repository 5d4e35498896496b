// `imagefn reproduce` as a process, with networks of some thousand numbers: what it leaves, that nothing is trained twice,
// and that it goes on where it was stopped.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { checkpoints, executable, imagefnIn, paragraph, readPng } from "./tiny.js";

t.setTimeout(290_000);
const home = t.testdir({});
const env = { IMAGEFN_WEIGHTS: "" };
const imagefn = (args: string) => imagefnIn(home)(args, { env });
const inHome = (...path: string[]) => join(home, ...path);

/** Everything small, and few images. */
const small = [
  "--count 8 --seconds 0.01 --engine onnx --threads 1",
  ...[
    "data.count=80",
    "data.heldOut=16",
    "sample.count=4",
    "pretrain.batch=4",
    "train.batch=4",
    "generator.func.dim=16",
    "generator.func.heads=2",
    "generator.func.encoderDepth=1",
    "generator.func.decoderDepth=1",
    "generator.func.inr.depth=3",
    "generator.func.inr.width=16",
    "generator.func.inr.groups=4",
  ].map((field) => `--set ${field}`),
].join(" ");

const table = (name: string) => JSON.parse(readFileSync(inHome("out", name, "table.json"), "utf8"));

/** Checkpoints of every run with the time they were written. */
const written = () =>
  readdirSync(inHome("out", "runs"))
    .filter((name) => existsSync(inHome("out", "runs", name, "config.yaml")))
    .flatMap((name) => checkpoints(inHome("out", "runs", name)))
    .map((path) => [path, statSync(path).mtimeMs]);

t.test(
  "an experiment leaves its table and figures, with the paper's numbers and what it misses",
  async (t) => {
    const { status, stdout, stderr } = await imagefn(`reproduce pretraining --steps 4 --out out ${small}`);
    t.equal(status, 0, stderr);
    t.match(stderr, /pretraining at the tiny scale: 2 runs, 0 of them finished; engine onnx/);
    t.match(stderr, /1 of 4: train func-32-\w+ \(4 steps\) \(about \d+:\d\d left in all\)/);
    t.match(stdout, /\| with pre-training \| weights missing \|/);
    t.match(
      stdout,
      /- (holds here|does not hold|not decidable at this scale): Pre-training leads to better images/,
    );
    const found = table("pretraining");
    t.match(found, { experiment: "pretraining", scale: "tiny", images: 8, paper: /Figure 8/ });
    const { scores, training } = found.results["with pre-training"];
    t.match(scores.FID, { missing: /weights missing/ });
    t.notMatch(scores.FID.missing, /looked in/, "no folders of this machine");
    t.ok(scores["Fréchet distance (nsfwjs)"].value > 0);
    t.match(training, { steps: 4, pretrainSteps: 4, denoising: [{ step: 4 }] });
    t.equal(found.results["without pre-training"].training.pretrainSteps, 0);
    for (const name of ["denoising", "strips", "samples"]) {
      t.ok(readPng(inHome("out", "pretraining", `${name}.png`)).width > 100, name);
      t.match(readFileSync(inHome("out", "pretraining", `${name}.svg`), "utf8"), /^<svg/);
    }
    t.match(readFileSync(inHome("out", "pretraining", "table.md"), "utf8"), /!\[.*\]\(samples\.png\)/);
  },
);

t.test("runs are shared between experiments, and nothing is done twice", async (t) => {
  const before = written();
  const next = await imagefn(`reproduce interpolation --steps 4 --out out ${small}`);
  t.equal(next.status, 0, next.stderr);
  t.match(next.stderr, /2 runs, 1 of them finished/);
  const { sharpness } = table("interpolation").results["beyond the training size"];
  for (const name of ["direct", "bilinear", "real"]) t.ok(sharpness[name] > 0, name);
  const third = await imagefn(`reproduce aspect --steps 4 --out out ${small}`);
  t.equal(third.status, 0, third.stderr);
  t.match(third.stderr, /1 run, 1 of them finished/);
  t.same(
    written().filter(([path]) => before.some(([known]) => known === path)),
    before,
  );

  const results = table("pretraining");
  const all = written();
  const again = await imagefn(`reproduce pretraining --steps 4 --out out ${small}`);
  t.equal(again.status, 0, again.stderr);
  t.notMatch(again.stderr, /train func-32/);
  t.notMatch(again.stderr, /nsfwjs Inception/, "nothing is measured twice");
  t.same(written(), all);
  t.same(table("pretraining"), results);
});

t.test("stopped by Ctrl-C, the same command goes on", async (t) => {
  const args = `reproduce aspect --steps 150 --out stopped ${small}`;
  const { status, stderr } = await interrupted(args, /train +1\/150/);
  t.equal(status, 130, stderr);
  t.match(stderr, /stopping after this step, with a checkpoint/);
  t.match(stderr, /imagefn: .*run the same command again to go on/);
  const [run] = readdirSync(inHome("stopped", "runs")).filter((name) => !name.endsWith(".yaml"));
  t.ok(checkpoints(inHome("stopped", "runs", run)).length > 0);
  const second = await imagefn(args);
  t.equal(second.status, 0, second.stderr);
  t.match(second.stderr, /going on from stopped\/runs\/func-64-\w+\/checkpoints/);
  t.ok(existsSync(inHome("stopped", "aspect", "samples.png")));
});

t.test("lengths follow from the time for all experiments, once in a folder", async (t) => {
  const args = `reproduce aspect --minutes 2 --out fitted ${small}`;
  const first = await imagefn(args);
  t.equal(first.status, 0, first.stderr);
  const said =
    /all experiments in about 2 minutes: \d+ steps for most runs, at [\d.]+ times the speed of the plan/;
  t.match(first.stderr, said);
  const again = await imagefn(args);
  t.match(again.stderr, /1 run, 1 of them finished/);
  t.equal(again.stderr.match(said)![0], first.stderr.match(said)![0]);
});

t.test("what cannot be done is said", async (t) => {
  const refused = async (args: string, status: number, message: RegExp) => {
    const ended = await imagefn(args);
    t.equal(ended.status, status, args);
    t.match(paragraph(ended), message);
  };
  await refused("reproduce intrpolation", 2, /no experiment intrpolation \(did you mean interpolation\?\)/);
  await refused("reproduce quality --scale huge", 2, /Allowed choices are tiny, paper/);
  await refused(
    "reproduce quality --minutes 9 --steps 3",
    2,
    /--minutes fits .* cannot be used with --scale/,
  );
  await refused("reproduce quality --data celeba=x", 2, /--data is of use with --scale paper/);
  await refused(
    "reproduce quality --scale paper --data faces=x",
    2,
    /Expected NAME=DIR with a name of cifar10, celeba/,
  );
  await refused("reproduce iqa --scale paper", 1, /--scale paper needs data for iqa.*--data celeba=DIR/);
  await refused("reproduce aspect --set train.bach=3", 2, /train\.bach is not a field.*train\.batch/);
  await refused("reproduce aspect --list", 2, /--list cannot be used with aspect/);
  const failed = await imagefn(`reproduce aspect --steps 2 --out failed ${small} --set train.distance=lpips`);
  t.equal(failed.status, 1, "nothing could be trained");
  t.match(failed.stderr, /imagefn: train\.distance is lpips, which is .*weights missing/);
  t.match(failed.stderr, /imagefn: training failed, for the reason above/);
  const { status, stdout } = await imagefn("reproduce --list");
  t.equal(status, 0);
  t.match(stdout, /^multires +Sampling at several sizes \(Table 2, Figure 9\)$/m);
});

/** Runs the executable as a terminal does: Ctrl-C reaches it and the process that it trains in. */
function interrupted(args: string, at: RegExp): Promise<{ status: number | null; stderr: string }> {
  const child = spawn(...executable(args.split(" ")), {
    cwd: home,
    detached: true,
    env: { ...process.env, IMAGEFN_DEBUG: "", IMAGEFN_CACHE: inHome("cache"), ...env },
  });
  let stderr = "";
  let sent = false;
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (sent || !at.test(stderr)) return;
    sent = true;
    process.kill(-child.pid!, "SIGINT");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stderr }));
  });
}
