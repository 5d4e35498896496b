// `reproduce` with networks of some thousand numbers: its files, that nothing is trained twice, and that it resumes.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readImage } from "@imagefn/datasets";
import { experiments, type ReproduceOptions, reproduce } from "@imagefn/experiments";
import type { Progress } from "@imagefn/runs";
import t from "tap";
import { checkpoints, written } from "./tiny.js";

t.setTimeout(290_000);
process.env.IMAGEFN_WEIGHTS = "";
const home = t.testdir({});
process.env.IMAGEFN_CACHE = join(home, "cache");
const inHome = (...path: string[]) => join(home, ...path);

/** Everything small, and few images. */
const small: ReproduceOptions = {
  count: 8,
  seconds: 0.01,
  seeds: 1,
  engine: "onnx",
  threads: 1,
  layers: [
    {
      source: "a test",
      values: {
        data: { count: 80, heldOut: 16 },
        sample: { count: 4 },
        pretrain: { batch: 4 },
        train: { batch: 4 },
        generator: {
          func: {
            dim: 16,
            heads: 2,
            encoderDepth: 1,
            decoderDepth: 1,
            inr: { depth: 3, width: 16, groups: 4 },
          },
        },
      },
    },
  ],
};
const four: ReproduceOptions = { ...small, steps: 4, out: inHome("out") };

const table = (name: string) => JSON.parse(readFileSync(inHome("out", name, "table.json"), "utf8"));

/** Carries an experiment out, and returns its messages and progress. */
async function said(name: string, options: ReproduceOptions): Promise<string> {
  const texts: string[] = [];
  const onProgress = ({ phase, step, total }: Progress) => texts.push(`${phase} ${step}/${total}`);
  await reproduce(name, { ...options, onProgress, onMessage: (text) => texts.push(text) });
  return texts.join("\n");
}

t.test(
  "an experiment leaves its table and figures, with the paper's numbers and what it misses",
  async (t) => {
    const texts: string[] = [];
    const { outcomes, reports } = await reproduce("pretraining", {
      ...four,
      onMessage: (text) => texts.push(text),
    });
    t.match(
      texts.join("\n"),
      /pretraining at the tiny scale: 2 runs, 0 of them finished; engine onnx[\s\S]*1 of 4: train func-16-\w+ \(4 steps\) \(about \d+:\d\d left in all\)/,
    );
    t.same(reports, [], "a single experiment has no report");
    t.match(outcomes, [{ experiment: { name: "pretraining" } }]);
    const found = table("pretraining");
    t.same(JSON.parse(JSON.stringify(outcomes[0].results)), found.results);
    t.match(found, { experiment: "pretraining", scale: "tiny", images: 8, paper: /Figure 8/ });
    const { scores, training } = found.results["with pre-training"];
    t.match(scores.FID, { missing: /weights missing/ });
    t.notMatch(scores.FID.missing, /looked in/, "no folders of this machine");
    t.ok(scores["Fréchet distance (nsfwjs)"].value > 0);
    t.match(training, { steps: 4, pretrainSteps: 4 });
    // A slow machine measures on the way too.
    t.equal(training.denoising.at(-1).step, 4);
    t.equal(found.results["without pre-training"].training.pretrainSteps, 0);
    for (const name of ["denoising", "strips", "samples"]) {
      t.ok((await readImage(inHome("out", "pretraining", `${name}.png`))).width > 100, name);
      t.match(readFileSync(inHome("out", "pretraining", `${name}.svg`), "utf8"), /^<svg/);
    }
    const text = readFileSync(inHome("out", "pretraining", "table.md"), "utf8");
    t.match(text, /!\[.*\]\(samples\.png\)/);
    t.match(text, /\| with pre-training \| weights missing \|/);
  },
);

t.test("runs are shared between experiments, and nothing is done twice", async (t) => {
  const runs = inHome("out", "runs");
  const before = written(runs);
  t.match(await said("interpolation", four), /2 runs, 1 of them finished/);
  const { sharpness } = table("interpolation").results["beyond the training size"];
  for (const name of ["direct", "bilinear", "real"]) t.ok(sharpness[name] > 0, name);
  t.match(await said("aspect", four), /1 run, 1 of them finished/);
  t.same(
    written(runs).filter(([path]) => before.some(([known]) => known === path)),
    before,
  );

  const results = table("pretraining");
  const all = written(runs);
  const again = await said("pretraining", four);
  t.notMatch(again, /train func-16/);
  t.notMatch(again, /nsfwjs Inception/, "nothing is measured twice");
  t.same(written(runs), all);
  t.same(table("pretraining"), results);
});

t.test("an abort stops training with a checkpoint, and the same call resumes", async (t) => {
  const options = { ...small, steps: 150, out: inHome("stopped") };
  const controller = new AbortController();
  const onProgress = ({ phase, step }: Progress) => {
    if (phase === "train" && step >= 1) controller.abort();
  };
  await t.rejects(reproduce("aspect", { ...options, onProgress, signal: controller.signal }), {
    name: "AbortError",
  });
  const [run] = readdirSync(inHome("stopped", "runs")).filter((name) => !name.endsWith(".yaml"));
  t.ok(checkpoints(inHome("stopped", "runs", run)).length > 0);
  t.notOk(existsSync(inHome("stopped", "aspect")));
  t.match(await said("aspect", options), /func-32-\w+\/checkpoints/, "from its checkpoint");
  t.ok(existsSync(inHome("stopped", "aspect", "samples.png")));
  const measuring = new AbortController();
  const onMessage = (text: string) => {
    if (/measure CM-Func/.test(text)) measuring.abort();
  };
  await t.rejects(reproduce("aspect", { ...options, onMessage, signal: measuring.signal }), {
    name: "AbortError",
  });
});

t.test("lengths follow from the time for all experiments, once in a folder", async (t) => {
  const options = { ...small, minutes: 2, out: inHome("fitted") };
  const length =
    /all experiments in about 2 minutes: \d+ steps for most runs, at [\d.]+ times the speed of the plan/;
  const first = await said("aspect", options);
  t.match(first, length);
  const again = await said("aspect", options);
  t.match(again, /1 run, 1 of them finished/);
  t.equal(again.match(length)![0], first.match(length)![0]);
});

t.test("what cannot be done is an error with a code, and without flags", async (t) => {
  const refused = async (name: string, options: ReproduceOptions, code: string, message: RegExp) => {
    const error = await reproduce(name, options).then(
      () => undefined,
      (error: Error & { code: string }) => error,
    );
    t.match(error, { code, message }, name);
    t.notMatch(error?.message, /--/);
  };
  const near = /^name: .*no experiment intrpolation \(did you mean interpolation\?\)/;
  await refused("intrpolation", {}, "invalid-option", near);
  await refused("aspect", { minutes: 9, steps: 3 }, "invalid-option", /^minutes: /);
  await refused("aspect", { minutes: 9, scale: "paper" }, "invalid-option", /^minutes: /);
  await refused("aspect", { data: { celeba: "x" } }, "invalid-option", /^data: .*tiny draws its images/);
  await refused("iqa", { scale: "paper" }, "missing-data-path", /^data: .*needs the data of iqa/);
  const lpips: ReproduceOptions = {
    ...small,
    steps: 2,
    out: inHome("failed"),
    layers: [...small.layers!, { source: "a test", values: { train: { distance: "lpips" } } }],
  };
  const texts: string[] = [];
  await t.rejects(
    reproduce("aspect", { ...lpips, onMessage: (text) => texts.push(text) }),
    { message: /train\.distance is lpips, which is .*weights missing/ },
    "nothing could be trained",
  );
  t.match(texts.join("\n"), /training failed in .*func-32-\w+: .*weights missing/);
  t.ok(experiments.some(({ name, paper }) => name === "multires" && paper === "Table 2, Figure 9"));
});
