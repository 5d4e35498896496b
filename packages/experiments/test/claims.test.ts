// What experiments make of measurements: every claim can get every verdict.
import t from "tap";
import { experiments } from "../dist/reproduce/experiments/index.js";
import { all, higher, limits, lower, ratio } from "../dist/reproduce/judge.js";
import type { Measured, Results, Score, Training } from "../dist/reproduce/measured.js";
import { leastDifference, pooled } from "../dist/reproduce/seeds.js";

const named = (name: string) => experiments.find((one) => one.name === name)!;

/** The verdict of a claim, found by a part of its text. */
function verdict(experiment: string, text: RegExp, results: Results, scale: "tiny" | "paper" = "tiny") {
  const claim = named(experiment).claims.find((one) => text.test(one.text));
  if (!claim) throw new Error(`${experiment} has no claim ${text}`);
  const { verdict, numbers } = claim.judge(results, scale);
  if (numbers === "") throw new Error(`${claim.text} was judged by nothing`);
  return verdict;
}

const FRECHET = "Fréchet distance (nsfwjs)";

const scores = (values: Record<string, number>): Record<string, Score> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, n: 256 }]));

/** Results of runs by their Fréchet distances. */
const distances = (values: Record<string, number>): Results =>
  Object.fromEntries(
    Object.entries(values).map(([label, value]) => [label, { scores: scores({ [FRECHET]: value }) }]),
  );

const training = (over: Partial<Training>): Training => ({
  steps: 100,
  pretrainSteps: 0,
  msPerStep: 100,
  minutes: 1,
  pretrainMinutes: 0,
  loss: 1,
  losses: [],
  denoising: [],
  ...over,
});

const trained = (values: Record<string, Partial<Training>>): Record<string, Measured> =>
  Object.fromEntries(Object.entries(values).map(([label, one]) => [label, { training: training(one) }]));

t.test("comparisons have margins, and no verdict without numbers", (t) => {
  const of = (x: number | undefined, y: number | undefined) =>
    lower("d", { name: "a", value: x }, { name: "b", value: y }, 0.1).verdict;
  t.same(
    [of(1, 2), of(2, 1), of(1, 1.05), of(1, undefined), of(Number.NaN, 1)],
    ["holds", "fails", "undecided", "undecided", "undecided"],
  );
  t.equal(higher("d", { name: "a", value: 2 }, { name: "b", value: 1 }, 0.1).verdict, "holds");
  const at = (value: number) => limits("psnr", value, [25, 20]).verdict;
  t.same([at(30), at(22), at(10)], ["holds", "undecided", "fails"]);
  const times = (value: number) =>
    ratio("d", { name: "a", value }, { name: "b", value: 1 }, [1.2, 1.5]).verdict;
  t.same([times(1), times(1.3), times(1.6)], ["holds", "undecided", "fails"]);
  const judgement = (verdict: "holds" | "fails" | "undecided") => ({ verdict, numbers: "" });
  t.equal(all([judgement("holds"), judgement("fails"), judgement("undecided")]).verdict, "fails");
  t.equal(all([judgement("holds"), judgement("undecided")]).verdict, "undecided");
  t.equal(all([judgement("holds"), judgement("holds")]).verdict, "holds");
  t.equal(all([]).verdict, "undecided");
  t.end();
});

t.test("claims about distances to the data come out in every way", (t) => {
  const cases: [experiment: string, claim: RegExp, better: string, worse: string][] = [
    ["quality", /closer to the data than the U-Net/, "CM-Func 16 px", "CM-UNet 16 px"],
    ["quality", /in all scores/, "CM-Func 16 px", "CM-UNet 16 px"],
    ["quality", /made of transformers/, "CM-DiT 16 px", "CM-UNet 16 px"],
    ["multires", /better images than the U-Net/, "CM-Func", "CM-UNet"],
    ["pretraining", /better images/, "with pre-training", "without pre-training"],
    ["cross-resolution", /half the size/, "CM-Func, smaller", "CM-UNet, larger"],
    ["cross-resolution", /larger size gives better/, "CM-Func, larger", "CM-Func, smaller"],
    ["noise-size", /larger noise are better/, "larger noise", "smaller noise"],
    ["beyond", /moving average/, "base", "EMA target"],
    ["beyond", /doubling N/, "base", "paper's N(k)"],
    ["beyond", /doubling N/, "iCT's N(k)", "paper's N(k)"],
    ["beyond", /Denoising first/, "base", "no denoising first"],
    ["beyond", /Denoising first/, "denoising first", "base"],
    ["beyond", /distilled/, "distilled", "base"],
    ["beyond", /optimal transport/, "base", "independent pairs"],
    ["beyond", /LPIPS/, "pseudo-Huber", "LPIPS"],
    ["beyond", /Coordinates/, "base", "fixed coordinates"],
    ["beyond", /Two sampling steps/, "two steps", "base"],
  ];
  for (const [experiment, claim, better, worse] of cases) {
    const of = (x: number, y: number) => verdict(experiment, claim, distances({ [better]: x, [worse]: y }));
    t.equal(of(50, 100), "holds", `${experiment} ${claim}`);
    t.equal(of(150, 100), "fails", `${experiment} ${claim}`);
    const missing: Results = { ...distances({ [better]: 50 }), [worse]: { missing: "weights missing" } };
    t.equal(verdict(experiment, claim, missing), "undecided", `${experiment} ${claim}`);
  }
  t.equal(
    verdict("quality", /closer to the data/, distances({ "CM-Func 16 px": 98, "CM-UNet 16 px": 100 })),
    "undecided",
  );
  const seeds = distances({ base: 0.484, "no denoising first": 0.67 });
  const at = (scale: "tiny" | "paper") => verdict("beyond", /Denoising first/, seeds, scale);
  t.same([at("tiny"), at("paper")], ["undecided", "holds"], "seeds are as far apart at the tiny scale");
  const groups = (x: number, y: number) => distances({ base: 100, "groups 128": x, "groups 256": y });
  t.equal(verdict("beyond", /More groups/, groups(60, 50)), "holds");
  t.equal(verdict("beyond", /More groups/, groups(80, 160)), "fails");
  t.equal(verdict("beyond", /More groups/, groups(80, 100)), "undecided");
  const comparable = (func: number) =>
    verdict(
      "quality",
      /comparable/,
      distances({ "CM-Func 16 px": func, "CM-DiT 16 px": 100, "CM-UViT 16 px": 120 }),
    );
  t.same([comparable(110), comparable(130), comparable(160)], ["holds", "undecided", "fails"]);
  t.end();
});

t.test("seeds measure the difference that a verdict requires", (t) => {
  /** Three seeds of each, as far apart as given. */
  const apart = (part: number, unet: number): Results =>
    distances(
      Object.fromEntries(
        Object.entries({ "CM-Func 16 px": 1, "CM-UNet 16 px": unet }).flatMap(([label, value]) => [
          [label, value],
          [`${label}, seed + 1`, value * (1 + part)],
          [`${label}, seed + 2`, value / (1 + part)],
        ]),
      ),
    );
  const of = (results: Results, scale?: "paper") => verdict("quality", /closer to the data/, results, scale);
  t.equal(of(apart(0.02, 1.2)), "holds", "less than the usual margin is enough where seeds agree");
  t.equal(of(apart(0.02, 0.8)), "fails");
  t.equal(of(apart(0.3, 1.7)), "undecided", "more is not where they do not");
  t.equal(of(apart(0.3, 4)), "holds");
  t.equal(of(apart(0.001, 1.04)), "undecided", "never less than 5 %");
  const two = Object.fromEntries(Object.entries(apart(0.02, 1.2)).filter(([label]) => !/2$/.test(label)));
  t.equal(of(two), "undecided", "too few seeds to measure a spread: the usual margin");
  // By hand: deviations 0, 0.1, -0.1 twice, so s = sqrt(0.04 / 4), and 2.776 s sqrt(2 / 3).
  const spread = pooled([
    [1, 1.1, 0.9],
    [2, 2.1, 1.9],
  ]);
  t.match(spread, { freedom: 4 });
  t.ok(Math.abs(leastDifference(spread, 3, 3)! - 2.776 * 0.1 * Math.sqrt(2 / 3)) < 1e-12);
  t.equal(leastDifference({ deviation: 0.1, freedom: 3 }, 2, 2), undefined);
  t.end();
});

t.test("what is still noise is compared with nothing at the tiny scale", (t) => {
  const of = (precision: number, scale: "tiny" | "paper" = "tiny") => {
    const results: Results = {
      "CM-Func 16 px": { scores: scores({ [FRECHET]: 1, "precision (nsfwjs)": 0.5 }) },
      "CM-UNet 16 px": { scores: scores({ [FRECHET]: 2, "precision (nsfwjs)": precision }) },
    };
    return [/closer to the data/, /made of transformers/].map((claim) =>
      verdict("quality", claim, results, scale),
    );
  };
  const steps: Results = {
    base: { scores: scores({ [FRECHET]: 1, "precision (nsfwjs)": 0.5 }) },
    "two steps": { scores: scores({ [FRECHET]: 2, "precision (nsfwjs)": 0 }) },
  };
  t.equal(verdict("beyond", /Two sampling steps/, steps), "fails", "noise of further steps is their own");
  t.same([of(0.3), of(0.01), of(0, "paper")].flat(), [
    "holds",
    "holds",
    "undecided",
    "undecided",
    "holds",
    "holds",
  ]);
  t.end();
});

t.test("FID decides where both have it, and stands in for nothing", (t) => {
  const results = (unetFid: Score): Results => ({
    "CM-Func 16 px": { scores: scores({ FID: 10, [FRECHET]: 200 }) },
    "CM-UNet 16 px": { scores: { FID: unetFid, ...scores({ [FRECHET]: 100 }) } },
  });
  const claim = /closer to the data/;
  t.equal(verdict("quality", claim, results({ value: 20, n: 256 })), "holds");
  t.equal(verdict("quality", claim, results({ missing: "weights missing: Inception-2015" })), "fails");
  t.end();
});

t.test("image quality without weights is undecided", (t) => {
  const results = (func: Score, unet: Score): Record<string, Measured> => ({
    "CM-Func": { scores: { NIQE: func, MUSIQ: { missing: "weights missing" } } },
    "CM-UNet": { scores: { NIQE: unet, MUSIQ: { missing: "weights missing" } } },
  });
  const score = (value: number): Score => ({ value, n: 10 });
  const of = (func: Score, unet: Score) => verdict("iqa", /better quality/, results(func, unet));
  t.equal(of(score(5), score(6)), "holds");
  t.equal(of(score(6), score(5)), "fails");
  t.equal(of({ missing: "weights missing" }, score(5)), "undecided");
  const noise = results(score(5), score(9));
  noise["CM-UNet"] = { scores: { ...noise["CM-UNet"].scores, ...scores({ "precision (nsfwjs)": 0 }) } };
  t.equal(verdict("iqa", /better quality/, noise), "undecided", "noise has no quality to compare");
  t.end();
});

t.test("claims about speed, memory and time", (t) => {
  const timing = (once: number, each: number): Measured => ({
    size: 32,
    timing: { once, at: { 32: each, 64: each, 128: each } },
  });
  const rates = (func: number, others: number): Results => ({
    "CM-Func": timing(func, func / 10),
    ...Object.fromEntries(["CM-UNet", "CM-UViT", "CM-DiT"].map((label) => [label, timing(0, others)])),
  });
  t.equal(verdict("multires", /much faster/, rates(1, 1)), "holds");
  t.equal(verdict("multires", /much faster/, rates(1, 0.1)), "fails");
  t.equal(verdict("multires", /much faster/, rates(1, 1.3 / 3)), "undecided");
  const noise = (small: number, large: number): Results => ({
    "smaller noise": timing(small, 0.1),
    "larger noise": timing(large, 0.1),
  });
  t.equal(verdict("noise-size", /faster/, noise(1, 2)), "holds");
  t.equal(verdict("noise-size", /faster/, noise(2, 1)), "fails");
  t.equal(verdict("noise-size", /faster/, noise(1, 1.01)), "undecided");

  const brief = (unet: number, func: number): Results =>
    Object.fromEntries(
      [32, 64, 128].flatMap((size, i) =>
        [
          ["CM-UNet", unet],
          ["CM-Func", func],
        ].map(([name, value]): [string, Measured] => [
          `${name} ${size} px`,
          {
            size,
            training: training({ peakMemoryMiB: Number(value), msPerStep: Number(value) ** i }),
            timing: { once: 0, at: { [size]: Number(value) } },
          },
        ]),
      ),
    );
  /** The paper's own networks, each with its bytes and its seconds. */
  const networks = (unet: number, func: number): Record<string, Measured> =>
    Object.fromEntries(
      [32, 64, 128].flatMap((size) =>
        [["CM-UNet", unet] as const, ["CM-Func", func] as const].map(([name, value]): [string, Measured] => [
          `${name} ${size} px, the paper's`,
          { cost: { parameters: 1, peakBytes: value, trainStepSeconds: value, sampleSeconds: value } },
        ]),
      ),
    );
  const ways = [
    [4, 1, "holds"],
    [1, 4, "fails"],
    [2, 2, "undecided"],
  ] as const;
  for (const [unet, func, expected] of ways) {
    t.equal(verdict("efficiency", /less memory/, brief(unet, func), "paper"), expected);
    t.equal(verdict("efficiency", /samples faster/, brief(unet, func), "paper"), expected);
    t.equal(verdict("efficiency", /grows far less/, brief(unet, func)), expected);
    t.equal(verdict("efficiency", /less memory/, brief(unet, func)), "undecided", "networks of our choice");
    const costs = networks(unet, func);
    for (const claim of [/less memory/, /samples faster/]) {
      t.equal(verdict("efficiency", claim, { ...brief(1, 1), ...costs }), expected, "the paper's own decide");
      const { "CM-UNet 128 px, the paper's": large, ...rest } = costs;
      t.equal(verdict("efficiency", claim, rest), expected, `as far as memory goes: ${large.parameters}`);
      const { "CM-UNet 32 px, the paper's": _, "CM-UNet 64 px, the paper's": __, ...none } = rest;
      t.equal(verdict("efficiency", claim, none), "undecided", "nothing to compare");
    }
  }
  t.equal(verdict("efficiency", /fewer parameters/, {}), "holds", "a fact of the definitions");

  const cost = (pretrainMsPerStep: number | undefined, unet: number): Results =>
    trained({
      "CM-Func": { msPerStep: 100, pretrainMsPerStep, minutes: 10, pretrainMinutes: 1 },
      "CM-UNet": { minutes: unet },
      "CM-DiT": { minutes: 9 },
      "CM-UViT": { minutes: 9 },
    });
  t.same(
    [30, 55, 90, undefined].map((ms) => verdict("training-cost", /about 5 %/, cost(ms, 9))),
    ["holds", "undecided", "fails", "undecided"],
  );
  t.same(
    [20, 9, 3].map((unet) => verdict("training-cost", /most time/, cost(30, unet), "paper")),
    ["holds", "undecided", "fails"],
  );
  t.equal(verdict("training-cost", /most time/, cost(30, 20)), "undecided", "networks of our choice");
  const own = (unet: number, pretrainStepSeconds = 1): Results => ({
    ...cost(30, 9),
    ...Object.fromEntries(
      [...Object.entries({ "CM-UNet": unet, "CM-DiT": 2, "CM-UViT": 2, "CM-Func": 2 })].map(
        ([name, trainStepSeconds]): [string, Measured] => [
          `${name}, the paper's`,
          { cost: { parameters: 1, trainStepSeconds, pretrainStepSeconds } },
        ],
      ),
    ),
  });
  t.same(
    [own(4), own(2), own(1)].map((results) => verdict("training-cost", /most time/, results)),
    ["holds", "undecided", "fails"],
  );
  t.same(
    [0.9, 2].map((seconds) => verdict("training-cost", /about 5 %/, own(4, seconds))),
    ["holds", "fails"],
    "the paper's own steps before this scale's",
  );
  t.end();
});

t.test("claims about training", (t) => {
  const UNET = "CM-UNet batch 32";
  const FUNC = "CM-Func batch 32";
  const rough = (unet: number | undefined, func: number, steps = 10_000) =>
    verdict(
      "stability",
      /oscillates/,
      trained({ [UNET]: { roughness: unet, steps }, [FUNC]: { roughness: func, steps } }),
    );
  t.same(
    [rough(2, 1), rough(0.5, 1), rough(1.2, 1), rough(undefined, 1)],
    ["holds", "fails", "undecided", "undecided"],
  );
  t.same([rough(1, 1, 900), rough(2, 1, 900)], ["undecided", "holds"], "short runs show what happens only");
  const curve = (...values: number[]) => ({ denoising: values.map((value, i) => ({ step: 10 * i, value })) });
  const back = (unet: number, func: number, scale?: "paper", steps = 900) =>
    verdict(
      "stability",
      /get worse again/,
      trained({ [UNET]: { ...curve(3, 1, unet), steps }, [FUNC]: { ...curve(3, 1, func), steps } }),
      scale,
    );
  t.same([back(1.5, 1), back(1, 1.5), back(1.1, 1)], ["holds", "fails", "undecided"]);
  t.same(
    [back(1, 1), back(1, 1, "paper"), back(1, 1, undefined, 10_000)],
    ["undecided", "fails", "fails"],
    "few steps say nothing about many",
  );
  const seeds = trained({
    [UNET]: curve(3, 1, 1),
    [`${UNET}, seed + 1`]: curve(3, 1, 2),
    [FUNC]: curve(3, 1, 1),
  });
  t.equal(verdict("stability", /get worse again/, seeds), "holds", "by the mean of the seeds");
  t.equal(
    verdict("stability", /get worse again/, trained({ [UNET]: curve(1), [FUNC]: curve(1) })),
    "undecided",
  );
  const four = (value: number, steps: number) =>
    verdict(
      "stability",
      /batch of 4/,
      trained({ [UNET]: { ...curve(1), steps }, "CM-UNet batch 4": { ...curve(value), steps } }),
    );
  t.same(
    [four(2, 9), four(1.02, 10_000), four(1, 10_000), four(1, 9)],
    ["holds", "undecided", "fails", "undecided"],
  );
  const sweep = (low: number, lower: number | undefined) =>
    verdict(
      "stability",
      /lower learning rate/,
      trained({
        [FUNC]: { roughness: 1 },
        "CM-UNet batch 32 lr 0.0001": { roughness: low },
        "CM-UNet batch 32 lr 0.00005": { roughness: lower },
      }),
    );
  t.same([sweep(2, 0.5), sweep(2, 2), sweep(1.1, 1.1)], ["holds", "fails", "undecided"]);
  const early = (a: number, b: number) =>
    verdict(
      "pretraining",
      /early in training/,
      trained({
        "with pre-training": { denoising: [10, 40, 90].map((step) => ({ step, value: a })) },
        "without pre-training": { denoising: [20, 50, 100].map((step) => ({ step, value: b })) },
      }),
    );
  t.same([early(1, 2), early(2, 1), early(1, 1.01)], ["holds", "fails", "undecided"]);
  t.end();
});

t.test("claims about sizes", (t) => {
  const agreement = (...values: number[]): Results => ({
    "CM-Func": { agreement: values.map((psnr, i) => ({ width: 64 + i, height: 64, psnr })) },
  });
  for (const [experiment, claim] of [
    ["multires", /clean at every size/],
    ["aspect", /any ratio/],
  ] as const) {
    t.equal(verdict(experiment, claim, agreement(40, 30)), "holds");
    t.equal(verdict(experiment, claim, agreement(40, 10)), "fails");
    t.equal(verdict(experiment, claim, agreement(40, 23)), "undecided");
    t.equal(verdict(experiment, claim, {}), "undecided");
  }
  for (const [label, claim] of [
    ["up to the training size", /^Up to/],
    ["beyond the training size", /^Beyond/],
  ] as const) {
    const of = (direct: number, bilinear: number, real = 3) =>
      verdict("interpolation", claim, {
        [label]: { sharpness: { side: 64, direct, bilinear, real, n: 16 } },
      });
    t.same([of(2, 1), of(1, 2), of(1, 1)], ["holds", "fails", "undecided"]);
    t.same([of(2, 1, 1.5), of(1, 2, 0.5)], ["undecided", "fails"], "sharper than real images is no merit");
  }
  t.end();
});
