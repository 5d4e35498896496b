// The tiny scale's lengths: that all experiments take the time they are given, on machines of any speed.
import t from "tap";
import { trainingSeconds } from "../dist/reproduce/duration.js";
import { experiments } from "../dist/reproduce/experiments/index.js";
import { lengthFor } from "../dist/reproduce/fit.js";
import { recipesOf } from "../dist/reproduce/recipes.js";

const lab = { out: "nowhere", count: 192, seconds: 1.5 };
const options = { scale: "tiny" } as const;

/** Seconds of all runs as planned, each once. */
async function planned(fit: { length: number; pace: number }) {
  const recipes = recipesOf({ ...options, fit });
  const runs = new Map<string, number>();
  for (const { contenders } of experiments)
    for (const { config, untrained } of await contenders(recipes))
      if (!("missing" in config) && !untrained)
        runs.set(JSON.stringify(config), trainingSeconds(config, "tiny"));
  return [...runs.values()].reduce((a, b) => a + b, 0);
}

t.test("a machine of twice the speed, or twice the time, trains more than twice as far", async (t) => {
  const [slow, fast, long] = await Promise.all([
    lengthFor(75, 1, lab, options),
    lengthFor(75, 0.5, lab, options),
    lengthFor(150, 1, lab, options),
  ]);
  t.equal(fast, long);
  // What is no training, such as measuring, does not grow with the length.
  t.ok(fast > 2 * slow, `${slow} and ${fast}`);
  // Of both times the same part is left for the rest.
  const rest = [
    75 * 60 - (await planned({ length: slow, pace: 1 })),
    150 * 60 - (await planned({ length: fast, pace: 1 })),
  ];
  t.ok(rest[0] > 600 && rest[0] < 2400, `${rest[0]} s of measuring`);
  t.ok(Math.abs(rest[0] - rest[1]) < 300, `${rest}`);
});

t.test("lengths stay within limits", async (t) => {
  t.equal(await lengthFor(1, 1, lab, options), 0.05);
  t.equal(await lengthFor(1e5, 1, lab, options), 20);
});

t.test("runs of a length", (t) => {
  const of = (fit: { length: number; pace: number }, spec = {}) => {
    const config = recipesOf({ ...options, fit }).run(spec);
    if ("missing" in config) throw new Error(config.missing);
    return config;
  };
  const [one, three] = [of({ length: 1, pace: 1 }), of({ length: 3, pace: 1 })];
  t.equal(three.train.steps, 3 * Number(one.train.steps));
  t.equal(three.pretrain.steps, 3 * Number(one.pretrain.steps));
  t.equal(
    three.sample.everySeconds,
    three.evaluate.everySeconds,
    "previews and distances at the same moments",
  );
  t.ok(three.sample.everySeconds > 2 * one.sample.everySeconds, "as many moments in a longer run");
  t.equal(of({ length: 3, pace: 0.5 }).sample.everySeconds, Math.round(three.sample.everySeconds / 2));
  t.equal(of({ length: 1, pace: 1 }, { seed: 2 }).seed, 2);
  t.end();
});
