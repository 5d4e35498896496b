// Runs whose samples drift at the end of training: the weight file, exact resume, the plan, and what is refused before a step.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tapShapes } from "@imagefn/metrics";
import { type HostArray, random, writeSafetensors } from "@imagefn/ops";
import { openRun, type PartialConfig, planRun, resolveConfig, train } from "@imagefn/runs";
import { ranksInMemory } from "@imagefn/testing";
import t from "tap";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir({ weights: {} });
const numbers = random(0);
const squeezenet = new Map(
  [...tapShapes("squeeze")].map(([path, shape]): [string, HostArray] => {
    const n = shape.reduce((a, b) => a * b, 1);
    const inputs = n / shape[0];
    return [
      path,
      {
        shape,
        data: numbers
          .stream(path)
          .normal(n)
          .map((v) => v * Math.sqrt(2 / inputs)),
      },
    ];
  }),
);
const weights = [join(home, "weights")];
writeFileSync(join(weights[0], "squeezenet1_1-b8a52dc0.pth"), writeSafetensors(squeezenet, {}));

const drift = { drift: "squeeze", driftFrom: 0.66, driftImages: 2, driftReal: 4 } as const;
const config = (changes: object = {}): PartialConfig => ({
  ...tiny,
  weights,
  pretrain: { steps: 0 },
  train: { ...tiny.train, ...drift, ...changes },
});

t.test("a run drifts from its fraction on, and a stopped one goes on bit for bit", async (t) => {
  const whole = await train(config(), { out: join(home, "whole"), isolate: false });
  const stopping = abortAt(({ phase, step }) => phase === "train" && step === 5);
  const run = await train(config(), { out: join(home, "stopped"), isolate: false, ...stopping }).catch(() =>
    openRun(join(home, "stopped")),
  );
  await run.resume({ isolate: false });
  const of = async (path: string) =>
    (await (await openRun(path)).images({ count: 2 })).map(({ data }) => data);
  t.same(await of(run.path), await of(whole.path));
  const plain = await train({ ...config(), train: tiny.train }, { out: join(home, "plain"), isolate: false });
  t.notSame(await of(plain.path), await of(whole.path), "the drift makes a difference");
});

t.test("the plan measures it", async (t) => {
  const { measured } = await planRun(resolveConfig(config()), { out: join(home, "plan") });
  t.equal(measured.error, undefined);
  t.ok(measured.trainStepSeconds! > 0);
});

t.test("what does not apply is refused before the work starts", async (t) => {
  const refused = (changes: object, message: RegExp, others: PartialConfig = {}) =>
    t.throws(() => resolveConfig({ ...config(changes), ...others }), { message });
  refused({ driftFrom: 0.5, denoise: 0.6 }, /train\.driftFrom is 0\.5, but train\.denoise is 0\.6/);
  refused({ accumulate: 2 }, /train\.accumulate is 2, but train\.drift is given/);
  refused({ drift: null }, /train\.driftFrom has no effect, since train\.drift is null/);
  refused({ objective: "diffusion" }, /train\.drift is given, but train\.objective "diffusion"/);
  refused({}, /train\.drift is squeeze, but data\.classes is true/, {
    data: { ...tiny.data, styles: ["pixel-art", "thumbs"], classes: true },
  });
  const out = join(home, "refused");
  const early = (config: PartialConfig, expected: { code: string; message: RegExp }) =>
    t.rejects(train(config, { out, isolate: false }), expected);
  await early(config({ driftReal: 61 }), {
    code: "invalid-data",
    message: /^train\.driftReal is 61, but there are 60 training images/,
  });
  const before = process.env.IMAGEFN_WEIGHTS;
  process.env.IMAGEFN_WEIGHTS = "";
  await early(
    { ...config(), weights: [] },
    {
      code: "missing-weights",
      message:
        /^train\.drift is squeeze, which is unavailable: weights missing: .* With train\.drift null no weights are needed\./,
    },
  );
  if (before === undefined) delete process.env.IMAGEFN_WEIGHTS;
  else process.env.IMAGEFN_WEIGHTS = before;
  await t.rejects(
    Promise.all(ranksInMemory(2).map((ranks) => train(config(), { out, isolate: false, ranks }))),
    { message: /train\.drift is squeeze, but 2 processes train together/ },
  );
});
