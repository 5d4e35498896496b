// `mpirun imagefn train --mpi` as processes: stopped and resumed with another number of them, and every way to fail.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isAlive } from "@imagefn/base";
import { type MpiRun, mpirun, noMpi } from "@imagefn/testing";
import t, { type Test } from "tap";
import { imagefnHere } from "./inProcess.js";
import { checkpoints, paragraph, positionOf, yamlOf } from "./tiny.js";

t.setTimeout(240_000);
const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const home = t.testdir({
  "tiny.yaml": yamlOf({
    pretrain: { steps: 4, batch: 4 },
    train: { steps: 100, batch: 4, emaRates: [0.9], clipNorm: 1 },
    sample: { count: 2, sizes: [[16, 16]], ema: 0.9 },
  }),
});
const here = imagefnHere(home);

/** Two processes that train. */
const train = (args: string, env: Record<string, string> = {}) =>
  mpirun([bin, "train", ...args.trim().split(" ")], {
    cwd: home,
    env: { IMAGEFN_CACHE: join(home, "cache"), ...env },
  });

const losses = (run: string) =>
  readFileSync(join(home, run, "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

/** The mean loss of the steps of consistency training, of lines that each tell of the steps since the one before. */
function meanLoss(run: string): number {
  let [sum, before] = [0, 0];
  for (const { phase, step, loss } of losses(run))
    if (phase === "train" && loss !== undefined) {
      sum += loss * (step - before);
      before = step;
    }
  return sum / before;
}

t.test(
  "two processes, stopped by SIGUSR1 with one checkpoint, and resumed by one",
  { skip: noMpi },
  async (t) => {
    const run = train("tiny.yaml --mpi --out parts");
    await run.printed(/\ntrain +1\/100/);
    run.child.kill("SIGUSR1");
    const { code, stderr } = await run.ended;
    t.equal(code, 130, stderr);
    t.match(stderr, /2 processes with 1 thread each, 2 of 4 images per step in each/);
    t.equal(stderr.match(/stopping after this step, with a checkpoint/g)?.length, 1, "rank 0 alone speaks");
    t.match(stderr, /stopped; resume with: imagefn train --resume parts/);
    const { step } = positionOf(checkpoints(join(home, "parts")).at(-1)!);
    t.ok(step < 100, `stopped after ${step} of 100 steps`);
    t.equal((await here("train --resume parts")).status, 0);
    t.equal((await here("train tiny.yaml --out whole")).status, 0);
    t.ok(Math.abs(meanLoss("parts") - meanLoss("whole")) < 1e-6, `${meanLoss("parts")} ${meanLoss("whole")}`);
  },
);

/** Does something to a run that has a checkpoint, and looks at what is left. */
async function spoilt(t: Test, out: string, args: string, spoil: (run: MpiRun) => void) {
  const run = train(`tiny.yaml --mpi --out ${out} --steps 100000 --set checkpoint.everySeconds=1 ${args}`);
  const folder = join(home, out, "checkpoints");
  await run.printed(/\ntrain +1\/100000/);
  while (!existsSync(folder) || readdirSync(folder).filter((name) => /tensors$/.test(name)).length < 2)
    await wait(50);
  const ended = allEnd(t, run, out);
  spoil(run);
  const { stderr } = await ended;
  t.match(
    positionOf(checkpoints(join(home, out)).at(-1)!),
    { phase: "train" },
    "the last checkpoint can be read",
  );
  return stderr;
}

/** All processes of a run end with a failure, and soon after something. */
async function allEnd(t: Test, run: MpiRun, out: string, after = Promise.resolve()) {
  const ranks = run.ranks();
  t.equal(ranks.length, 2);
  await after;
  const began = performance.now();
  const ended = await run.ended;
  // mpirun does not wait for what it has killed.
  while (ranks.some(isAlive) && performance.now() - began < 15_000) await wait(50);
  const seconds = (performance.now() - began) / 1000;
  t.ok(seconds < 15, `${out}: ${seconds} s`);
  t.not(ended.code, 0, out);
  t.same(ranks.filter(isAlive), [], "no process is left");
  return ended;
}

t.test("a process that is killed, or stopped for a while, ends all of them", { skip: noMpi }, async (t) => {
  const signal = (rank: number, name: NodeJS.Signals) => (run: MpiRun) =>
    void process.kill(run.ranks()[rank], name);
  const [, , hung] = await Promise.all([
    spoilt(t, "killed0", "", signal(0, "SIGKILL")),
    spoilt(t, "killed1", "", signal(1, "SIGKILL")),
    spoilt(t, "hung", "--patience 3", signal(1, "SIGSTOP")),
  ]);
  t.match(hung, /rank 0 of 2 on \S+: an exchange with the other processes took more than 3 s/);
});

/** Two processes that train by the library, of which one has a fault. */
const faulty = (...args: string[]) =>
  mpirun([fileURLToPath(new URL("trainingRank.js", import.meta.url)), ...args], {
    cwd: home,
    env: { IMAGEFN_CACHE: join(home, "cache") },
  });

t.test("a loss that is not finite, weights that drift apart, a slow process", { skip: noMpi }, async (t) => {
  const [diverges, drifts] = [faulty("nan", "diverged"), faulty("drift", "drifted")];
  const [diverged, drifted, slow] = await Promise.all([
    diverges.printed(/step 1\n/).then(() => allEnd(t, diverges, "diverged", diverges.printed(/is NaN/))),
    drifts.printed(/step 1\n/).then(() => allEnd(t, drifts, "drifted", drifts.printed(/has other weights/))),
    faulty("slow", "timed", "0.04").ended,
  ]);
  t.match(
    diverged.stderr,
    /rank \d of 2 on \S+: consistency: the loss of training step 3 is NaN .* The last checkpoint, .* is kept/,
  );
  t.match(
    drifted.stderr,
    /rank \d of 2 on \S+: after step 6 rank 1 has other weights than rank 0: .* The last checkpoint is kept/,
  );
  for (const out of ["diverged", "drifted"])
    t.match(positionOf(checkpoints(join(home, out)).at(-1)!), { phase: "pretrain", step: 4 }, out);
  t.equal(slow.code, 0, slow.stderr);
  const said = slow.stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  const [first, second] = [0, 1].map((rank) => said.find((one) => one.rank === rank).steps);
  t.ok(first.length > 1, `${first.length} steps`);
  t.same(second, first, "under a time both take the same steps");
});

t.test("a full disk, and what is refused", { skip: noMpi }, async (t) => {
  const fullDisk = new URL("fullDisk.js", import.meta.url);
  const [full, taken, divided] = await Promise.all([
    train("tiny.yaml --mpi --out full", {
      NODE_OPTIONS: `--import=${fullDisk}`,
      IMAGEFN_TEST_FULL: "step-00000104",
    }).ended,
    train("tiny.yaml --out apart").ended,
    train("tiny.yaml --mpi --out odd --set train.batch=5").ended,
  ]);
  t.equal(full.code, 1);
  t.match(full.stderr, /imagefn: rank 0 of 2 on \S+: the disk is full: \S+step-00000104\.safetensors could/);
  t.equal(taken.code, 2);
  t.match(
    taken.stderr,
    /imagefn: this is one of 2 processes that a launcher started .* Add --mpi to train one run/,
  );
  t.notOk(existsSync(join(home, "apart")));
  t.equal(divided.code, 1);
  t.match(
    divided.stderr,
    /rank 0 of 2 on \S+: train\.batch is 5, which 2 processes cannot share out equally/,
  );
});

t.test("flags that go with --mpi", async (t) => {
  const refused = async (args: string) => {
    const ended = await here(`train tiny.yaml --out flags ${args}`);
    t.equal(ended.status, 2, args);
    return paragraph(ended);
  };
  t.match(await refused("--batch-per-rank"), /--batch-per-rank requires --mpi/);
  t.match(await refused("--patience 5"), /--patience requires --mpi/);
  t.match(await refused("--mpi --patience 0"), /Expected a number of seconds above 0/);
  t.match(await refused("--mpi --dry-run"), /cannot be used with option '--mpi'/);
});
