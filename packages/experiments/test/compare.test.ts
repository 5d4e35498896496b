// `compare` with networks of some thousand numbers: what it trains, returns and writes, and how it is stopped.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readImage } from "@imagefn/datasets";
import { compare } from "@imagefn/experiments";
import { openRunFolder, type Progress, readLog, trainInto } from "@imagefn/runs";
import t from "tap";
import { checkpoints, kinds, positionOf, tinyConfig, written } from "./tiny.js";

t.setTimeout(280_000);
const home = t.testdir({});
const inHome = (...path: string[]) => join(home, ...path);
const all = { train: kinds.map((kind) => tinyConfig(kind)), out: inHome("all"), count: 3, seconds: 0.01 };

t.test("a comparison trains all four generators, and resumes", async (t) => {
  const phases = new Set<string>();
  const messages: string[] = [];
  const { rows, table, files, runs } = await compare({
    ...all,
    onProgress: ({ phase }) => phases.add(phase),
    onMessage: (text) => messages.push(text),
  });
  t.same(
    runs,
    kinds.map((kind) => inHome("all", kind)),
  );
  for (const kind of kinds) {
    const run = openRunFolder(inHome("all", kind));
    t.equal(run.config.generator.kind, kind);
    const last = readLog(run.log).at(-1)!;
    t.match(last, { phase: "train", step: 6 });
    t.ok(Number(last.peakMemoryMiB) > 20, `${kind}: ${last.peakMemoryMiB} MiB`);
    t.equal(positionOf(checkpoints(run.path).at(-1)!).pretrainSteps, kind === "func" ? 3 : 0);
    const grids = readdirSync(run.samples).filter((name) => /^\d+x\d+\.png$/.test(name));
    t.same(grids, ["32x32.png"]);
    t.equal(readdirSync(run.functions).length, kind === "func" ? 5 : 0);
  }
  t.ok(phases.has("train") && phases.has("CM-DiT 64x64"), [...phases].join(", "));
  t.match(messages.join("\n"), /comparing CM-Func, CM-UNet, CM-DiT, CM-UViT; engine onnx/);

  t.same(JSON.parse(readFileSync(inHome("all", "table.json"), "utf8")).rows, rows);
  t.same(
    rows.map(({ label }) => label),
    ["CM-Func", "CM-UNet", "CM-DiT", "CM-UViT"],
  );
  for (const row of rows) {
    t.match(row, { batch: 4, steps: 6 });
    for (const name of ["parameters", "peakMemoryMiB", "loss", "single", "multi", "msPerStep"] as const)
      t.ok(row[name]! > 0 && Number.isFinite(row[name]), `${row.label} ${name} ${row[name]}`);
  }
  t.equal(readFileSync(inHome("all", "table.md"), "utf8"), `${table}\n`);
  t.equal(table.split("\n").filter((line) => line.startsWith("| CM-")).length, 4);
  t.same(
    files,
    ["samples.png", "table.md", "table.json", "loss.svg", "loss.png"].map((name) => inHome("all", name)),
  );
  const { width, height } = await readImage(inHome("all", "samples.png"));
  // Each row: three images of 32 pixels threefold, 2 pixels between them; labels at the left.
  t.same([width, height], [130 + 3 * (3 * 34 + 2) + 8, 4 * (3 * 36 + 8) + 8]);
  t.ok(existsSync(inHome("all", "loss.png")) && existsSync(inHome("all", "loss.svg")));

  const before = written(inHome("all"));
  t.ok(before.length >= 4);
  await compare(all);
  t.same(written(inHome("all")), before, "nothing is trained twice");
  const other = kinds.map((kind) => tinyConfig(kind, { seed: 1 }));
  await t.rejects(compare({ ...all, train: other }), {
    code: "other-settings",
    message: /func holds a run with other settings/,
  });
});

t.test("without a moving target (iCT) each of them trains too", async (t) => {
  const ict = {
    pretrain: { steps: 0 },
    train: {
      steps: 4,
      targetEma: false,
      grid: "doubling",
      s0: 10,
      s1: 80,
      levels: "lognormal",
      weighting: "ict",
      distance: "pseudo-huber",
    },
  };
  for (const kind of kinds) {
    const run = inHome(`ict-${kind}`);
    await trainInto(run, tinyConfig(kind, ict));
    const losses = readLog(openRunFolder(run).log).map(({ loss }) => Number(loss));
    t.ok(losses.length > 0 && losses.every((loss) => loss > 0 && Number.isFinite(loss)), `${kind} ${losses}`);
  }
});

t.test("finished runs are compared as they are", async (t) => {
  const runs = [inHome("all", "func"), inHome("all", "dit")];
  const before = written(inHome("all"));
  const options = { runs, out: inHome("two"), count: 2, seconds: 0.01 };
  const { rows } = await compare({ ...options, seed: 7 });
  t.same(
    rows.map(({ label }) => label),
    ["CM-Func", "CM-DiT"],
  );
  t.same(readdirSync(inHome("two")).sort(), [
    "loss.png",
    "loss.svg",
    "samples.png",
    "table.json",
    "table.md",
  ]);
  t.same(written(inHome("all")), before);
  const twice = await compare({ ...options, runs: [runs[0], runs[0]] });
  t.same(
    twice.rows.map(({ label }) => label),
    ["CM-Func tiny", "CM-Func tiny"],
    "generators of one kind have the names of their runs",
  );
});

t.test("what cannot be compared is an error with a code", async (t) => {
  const out = inHome("none");
  await t.rejects(compare({ out }), { code: "invalid-option", message: /^runs: .*got 0 runs and 0/ });
  await t.rejects(compare({ ...all, runs: [inHome("all", "func")] }), { code: "invalid-option" });
  const small = tinyConfig("dit", { data: { size: 16 }, sample: { sizes: [[16, 16]] } });
  await trainInto(inHome("small-dit"), small);
  await t.rejects(compare({ runs: [inHome("all", "func"), inHome("small-dit")], out }), {
    code: "invalid-data",
    message: /func makes images of 32 pixels and .*dit of 16: .*Compare runs of one size/,
  });
});

t.test("an abort stops training with a checkpoint, and the same call resumes", async (t) => {
  const train = [tinyConfig("func", { pretrain: { steps: 0 }, train: { steps: 150 } })];
  const options = { train, out: inHome("stopped"), count: 1, seconds: 0.01 };
  const controller = new AbortController();
  const onProgress = ({ phase, step }: Progress) => {
    if (phase === "train" && step >= 1) controller.abort();
  };
  await t.rejects(compare({ ...options, onProgress, signal: controller.signal }), { name: "AbortError" });
  t.ok(checkpoints(inHome("stopped", "func")).length > 0);
  t.notOk(existsSync(inHome("stopped", "table.md")));
  const { rows } = await compare(options);
  t.match(rows, [{ steps: 150 }]);
  const measuring = new AbortController();
  const late = (progress: Progress) => {
    if (progress.phase.startsWith("CM-Func")) measuring.abort();
  };
  await t.rejects(compare({ ...options, onProgress: late, signal: measuring.signal }), {
    name: "AbortError",
  });
});
