// The records of all generators: that they fit, what they make, and what they say of settings that make no network.
import type { GeneratorRecord } from "@imagefn/consistency";
import { type HostArray, leaves, random } from "@imagefn/ops";
import { cmFunc, ditRecord, funcRecord, paperConfig, uvitRecord } from "@imagefn/transformer";
import { unetRecord } from "@imagefn/unet-baseline";
import t from "tap";

const records: readonly GeneratorRecord[] = [funcRecord, unetRecord, ditRecord, uvitRecord];
const count = (params: unknown) =>
  leaves<HostArray>(params).reduce((n, [, { shape }]) => n + shape.reduce((a, b) => a * b, 1), 0);

t.test("the defaults are the paper's networks for 64 x 64 images", async (t) => {
  const parameters = records.map((record) => {
    const generator = record.make(record.defaults, { size: [64, 64], classes: 0 });
    t.same([generator.shape, generator.classes], [[3, 64, 64], 0], record.name);
    return [record.name, record.title, count(generator.init(random(0)))];
  });
  t.same(parameters, [
    ["func", "CM-Func", 143_991_811],
    ["unet", "CM-UNet", 387_236_611],
    ["dit", "CM-DiT", 161_468_976],
    ["uvit", "CM-UViT", 114_819_972],
  ]);
  for (const record of records) t.same(record.problems(record.defaults, [64, 64]), [], record.name);
});

t.test("classes and size are the data's", async (t) => {
  const settings = { ...ditRecord.defaults, dim: 8, heads: 2, depth: 1 };
  const generator = ditRecord.make(settings, { size: [8, 4], classes: 3 });
  t.same([generator.shape, generator.classes], [[3, 8, 4], 3]);
  t.same(generator.config, { ...settings, classes: 3 });
});

t.test("CM-Func from settings in the form of a configuration", async (t) => {
  const made = funcRecord.make(
    { ...funcRecord.defaults, coordinates: "paper", variationalCoordinates: false },
    { size: [64, 64], classes: 0 },
  );
  const { inr, ...config } = cmFunc(
    { ...paperConfig, positions: "sin-cos", inr: { ...paperConfig.inr, coordinates: "paper" } },
    [64, 64],
  ).config;
  t.same(made.config, { ...config, inr: { ...inr, weights: "grouped", generatedBiases: false } });
});

t.test("every broken rule, in the words of a configuration or in its own", async (t) => {
  const inConfiguration = (name: string) => (field: string) =>
    field === "size" ? "data.size" : `generator.${name}.${field}`;
  const func = {
    ...funcRecord.defaults,
    ...{ patch: 5, heads: 7, dim: 18 },
    inr: { ...funcRecord.defaults.inr, peDim: 33, groups: 60 },
  };
  const inr = [
    "inr.peDim is 33, which is odd: the row and the column take half of it each",
    "inr.groups is 60, but the hidden layers of the image function have 256 outputs: groups must divide the width",
  ];
  const positions =
    "dim is 18, which is no multiple of 4: positions are a sine and a cosine for each of two axes";
  const said = (problems: readonly { field: string; message: string }[]) =>
    problems.map(({ field, message }) => `${field} ${message}`);
  t.same(said(funcRecord.problems(func, [32, 32], inConfiguration("func"))), [
    "patch is 5, which does not divide data.size 32: choose a divisor of 32",
    "heads is 7, which does not divide generator.func.dim 18: each head takes an equal part",
    positions,
    ...inr,
  ]);
  const own = [
    "patch is 5, which does not divide the image size 32 x 30: choose a divisor of both",
    "heads is 7, which does not divide dim 18: each head takes an equal part",
    positions,
    ...inr,
  ];
  t.same(said(funcRecord.problems(func, [32, 30])), own);
  t.throws(() => funcRecord.make(func, { size: [32, 30], classes: 0 }), {
    message: `transformer: CM-Func: ${own.join("; ")}`,
  });
  t.same(
    said(funcRecord.problems({ ...funcRecord.defaults, dim: 18, heads: 3, positions: "learned" }, [32, 32])),
    [],
    "learned positions have any width",
  );
  t.same(said(ditRecord.problems({ ...ditRecord.defaults, dim: 18, heads: 3, patch: 0 }, [32, 32])), [
    "patch must be a positive whole number (got 0)",
    positions,
  ]);
  t.same(said(uvitRecord.problems({ ...uvitRecord.defaults, dim: 9, heads: 3, depth: 4 }, [32, 32])), [
    "dim is 9, which is odd: the noise level is a sine and a cosine for each frequency",
    "depth is 4, an even number: as many blocks come before the middle one as after it",
  ]);
  t.match(
    said(
      unetRecord.problems(
        { ...unetRecord.defaults, multipliers: [1, 1, 1, 1, 1, 1, 1], attention: [] },
        [32, 32],
        inConfiguration("unet"),
      ),
    ),
    [/^multipliers has 7 levels, and data\.size 32 cannot be halved 6 times/],
  );
});
