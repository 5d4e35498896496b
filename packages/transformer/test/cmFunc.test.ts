// CM-Func as a whole: parameter counts, how it begins, classes, and its options.
import {
  type InrArchitecture,
  loadImageFunction,
  paperArchitecture,
  render,
  saveImageFunction,
  splitBatch,
} from "@imagefn/inr";
import { type HostArray, onnxEngine, program, random, type Tensor } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import { type CmFuncConfig, type CmFuncParams, cmFunc, initCmFunc, paperConfig } from "@imagefn/transformer";
import t from "tap";
import { awake, batch, count, images, inputsOf, size, tiny, trained } from "./tiny.js";

const engine = await onnxEngine({ threads: 1 });

const init = (side: number, config: Partial<CmFuncConfig>) =>
  initCmFunc({ ...paperConfig, ...config }, [side, side], random(0));

t.test("parameter counts of the paper's configurations", async (t) => {
  const total = (side: number, config: Partial<CmFuncConfig>) => count(init(side, config));
  t.equal(total(32, { classes: 10 }), 143_999_491, "CIFAR-10, 32 px, patch 4");
  t.equal(total(64, {}), 143_991_811, "64 px, patch 4");
  t.equal(total(128, { patch: 8 }), 144_102_403, "128 px, patch 8");
  t.equal(total(32, { classes: 10, decoderSelfAttention: false }), 129_829_891);
  t.equal(total(64, { decoderSelfAttention: false }), 129_822_211);
  t.equal(total(128, { patch: 8, decoderSelfAttention: false }), 129_932_803);

  const p = init(32, { classes: 10 });
  t.equal(count(p.patch), 37_632);
  t.equal(count(init(128, { patch: 8 }).patch), 148_224);
  t.equal(count(p.time), 787_968);
  t.equal(count(p.labels), 7_680);
  t.equal(count(p.encoder[0]), 10_628_352);
  t.equal(count(p.encoder), 85_026_816);
  t.equal(count(p.context), 1_536);
  t.equal(count(p.decoder[0]), 9_447_168);
  t.equal(count(p.decoder), 56_683_008);
  t.equal(count(init(64, { decoderSelfAttention: false }).decoder[0]), 7_085_568);
  t.equal(count(p.tokens), 198_912);
  t.equal(count(p.postfc), 992_000);
  t.equal(count(p.base), 263_939);
});

t.test("what the options add", async (t) => {
  const none = count(init(64, {}));
  const inr = (change: Partial<InrArchitecture>): Partial<CmFuncConfig> => ({
    inr: { ...paperArchitecture, ...change },
  });
  t.equal(count(init(64, { positions: "learned" })) - none, 256 * 768);
  t.equal(count(init(64, { positions: "sin-cos" })), none);
  for (const [groups, tokens] of [
    [64, 259],
    [128, 515],
    [256, 1027],
  ]) {
    const p = init(64, inr({ groups }));
    t.same(p.tokens.shape, [tokens, 768], `${groups} groups`);
    t.equal(count(p) - none, (tokens - 259) * 768);
    const mixed = init(64, inr({ groups, weights: "mlp-mod" }));
    t.same(mixed.tokens.shape, [tokens, 768]);
    t.same(mixed.base[1].weight.shape, [groups, 256]);
    t.equal(count(mixed.base), 4 * 256 * groups + 3 * 3 + 1027);
    t.equal(count(init(64, inr({ groups, generatedBiases: true }))) - count(p), 5 * (768 + 1));
  }
  const { positions } = init(64, { positions: "learned" });
  const std = Math.sqrt(positions!.data.reduce((s, v) => s + v * v, 0) / positions!.data.length);
  t.ok(Math.abs(std / 0.02 - 1) < 0.02, `positions begin with deviation ${std}`);
  t.throws(() => init(30, { positions: "learned" }), /got 30 x 30 pixels, expected multiples of 4/);
});

t.test("outputs at the start have a spread of 0.1 to 0.2 for the paper's function", async (t) => {
  const inr: InrArchitecture = { ...paperArchitecture, width: 64, groups: 16, peDim: 32, peSigma: 4 };
  const spread = async (change: Partial<InrArchitecture>) => {
    const generator = cmFunc({ ...tiny, dim: 32, inr: { ...inr, ...change } }, size);
    const y = await images(engine, generator, generator.init(random(3)));
    return Math.sqrt(y.reduce((s, v) => s + v * v, 0) / y.length);
  };
  for (const change of [{}, { weights: "mlp-mod" }, { generatedBiases: true }] as const) {
    const std = await spread(change);
    t.ok(std > 0.05 && std < 0.4, `${JSON.stringify(change)}: std ${std}`);
  }
});

t.test("generated biases begin as the shared ones", async (t) => {
  const [plain, own] = [false, true].map((generatedBiases) =>
    cmFunc({ ...tiny, inr: { ...tiny.inr, generatedBiases } }, size),
  );
  t.same(
    await images(engine, own, own.init(random(3))),
    await images(engine, plain, plain.init(random(3))),
    "bit for bit",
  );
});

t.test("class labels change the output after one step", async (t) => {
  const generator = cmFunc({ ...tiny, classes: 3 }, size);
  const start = generator.init(random(3));
  const of = (params: CmFuncParams<HostArray>, ...labels: number[]) =>
    images(engine, generator, params, { labels: { shape: [2], data: Float32Array.from(labels) } });
  t.same(await of(start, 0, 1), await of(start, 0, 2), "an encoder that is the identity sees no class");

  const params = await trained(engine, generator, 1);
  const [a, b] = [await of(params, 0, 1), await of(params, 0, 2)];
  t.same(a.slice(0, 72), b.slice(0, 72), "the same class gives the same image");
  t.not(
    difference(a.slice(72), b.slice(72), { rtol: 0, atol: 1e-6 }),
    undefined,
    "another class another image",
  );
});

t.test("learned positions are for one image size", async (t) => {
  const config: CmFuncConfig = { ...tiny, positions: "learned" };
  const params = cmFunc(config, size).init(random(3));
  t.same(params.positions!.shape, [6, 8]);
  await t.rejects(images(engine, cmFunc(config, [4, 4]), params), {
    message: "transformer: learned positions are for one image size (got 4 patches, expected 6)",
  });
});

t.test("the functions of a batch, taken apart, saved and loaded, draw its images", async (t) => {
  for (const inr of [
    tiny.inr,
    { ...tiny.inr, generatedBiases: true },
    { ...tiny.inr, weights: "mlp-mod", groups: 4 },
    { ...tiny.inr, weights: "mlp-mod", generatedBiases: true },
  ] as const) {
    const generator = cmFunc({ ...tiny, inr }, size);
    const params = awake(generator);
    const { x, time } = inputsOf(generator);
    const state = { params } as unknown as Record<string, HostArray>;
    const p = program({ state, inputs: { x: x.shape, time: time.shape } }, (state, given) => {
      const layers = generator.generate(state.params, given.x, given.time);
      const named = layers.flatMap(({ weight, bias }, l) => [
        [`weight${l}`, weight],
        [`bias${l}`, bias],
      ]);
      return { outputs: Object.fromEntries(named) as Record<string, Tensor> };
    });
    const runnable = await engine.compile(p, state);
    const result = await runnable.run({ x, time });
    const layers = [0, 1].map((l) => ({ weight: result[`weight${l}`], bias: result[`bias${l}`] }));
    t.same(layers[0].bias.shape, inr.generatedBiases ? [batch, 1, 6] : [6]);

    const functions = splitBatch(inr, layers).map((fn) => loadImageFunction(saveImageFunction(fn)));
    t.same(functions[0].architecture, inr);
    const [height, width] = size;
    const drawn = await Promise.all(functions.map((fn) => render(fn, { height, width })));
    const still = { shape: [batch, height * width, 2], data: generator.coordinates(batch) };
    const expected = await images(engine, generator, params, { coordinates: still });
    for (const [b, image] of drawn.entries())
      t.equal(
        difference(image.data, expected.slice(b * 72, (b + 1) * 72), { rtol: 1e-4, atol: 1e-5 }),
        undefined,
        `image ${b}, ${JSON.stringify(inr)}`,
      );
    const biases = functions.map((fn) => [...fn.layers[0].bias.data]);
    t.equal(JSON.stringify(biases[0]) !== JSON.stringify(biases[1]), Boolean(inr.generatedBiases));
  }
});
