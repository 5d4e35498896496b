// `imagefn reproduce` as a process, with networks of some thousand numbers: what it prints, its exit codes, and Ctrl-C. What
// it trains, measures and writes is tested in the package experiments.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { imagefnHere } from "./inProcess.js";
import { checkpoints, executable, imagefnIn, paragraph } from "./tiny.js";

t.setTimeout(290_000);
const home = t.testdir({});
const env = { IMAGEFN_WEIGHTS: "" };
const imagefn = imagefnHere(home, env);
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

t.test("an experiment is shown as it goes, with the paper's numbers and the verdicts", async (t) => {
  const { status, stdout, stderr } = await imagefnIn(home)(
    `reproduce pretraining --steps 4 --seeds 1 --out out ${small}`,
    { env },
  );
  t.equal(status, 0, stderr);
  t.match(stderr, /pretraining at the tiny scale: 2 runs, 0 of them finished; engine onnx/);
  t.match(stderr, /1 of 4: train func-16-\w+ \(4 steps\) \(about \d+:\d\d left in all\)/);
  t.match(stdout, /\| with pre-training \| weights missing \|/);
  t.match(
    stdout,
    /- (holds here|does not hold|not decidable at this scale): Pre-training leads to better images/,
  );
  for (const name of ["table.md", "table.json", "denoising.png", "samples.svg"]) {
    t.match(stdout, new RegExp(`^out/pretraining/${name}$`, "m"));
    t.ok(existsSync(inHome("out", "pretraining", name)), name);
  }
  t.match(JSON.parse(readFileSync(inHome("out", "pretraining", "table.json"), "utf8")), {
    experiment: "pretraining",
    scale: "tiny",
    images: 8,
  });
});

t.test("stopped by Ctrl-C, the same command goes on", async (t) => {
  const args = `reproduce aspect --steps 150 --out stopped ${small}`;
  const { status, stderr } = await interrupted(args, /train +1\/150/);
  t.equal(status, 130, stderr);
  t.match(stderr, /stopping after this step, with a checkpoint/);
  t.match(stderr, /imagefn: .*run the same command again to continue/);
  const [run] = readdirSync(inHome("stopped", "runs")).filter((name) => !name.endsWith(".yaml"));
  t.ok(checkpoints(inHome("stopped", "runs", run)).length > 0);
  const second = await imagefn(args);
  t.equal(second.status, 0, second.stderr);
  t.match(second.stderr, /resuming from stopped\/runs\/func-32-\w+\/checkpoints/);
  t.ok(existsSync(inHome("stopped", "aspect", "samples.png")));
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
    /--minutes sets .* cannot be used with --scale/,
  );
  await refused("reproduce quality --data celeba=x", 2, /--data requires --scale paper/);
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
  t.match(failed.stderr, /^training failed in failed\/runs\/func-32-\w+: .*weights missing/m);
  t.match(failed.stderr, /imagefn: .*train\.distance is lpips, which is .*weights missing/);
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
