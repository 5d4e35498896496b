// The network as a whole: how it begins, what labels do, and that images of a batch do not see each other.
import {
  add,
  grad,
  type HostArray,
  leaves,
  mapTree,
  mean,
  mul,
  onnxEngine,
  program,
  random,
  type Shape,
  square,
  sub,
  type Tensor,
  unflatten,
} from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import { type UnetConfig, type UnetParams, unet } from "@imagefn/unet-baseline";
import t from "tap";
import { awake, batch, inputsFor, normal, size, tiny } from "./tiny.js";

const engine = await onnxEngine({ threads: 1 });
const shapesOf = (inputs: Record<string, HostArray>): Record<string, Shape> =>
  Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));

/** The image that a network makes. */
async function run(config: UnetConfig, params: unknown, changes: Record<string, HostArray> = {}) {
  const network = unet(config, size);
  const inputs = { ...inputsFor(config), ...changes };
  const p = program(
    { state: { params } as { params: UnetParams<HostArray> }, inputs: shapesOf(inputs) },
    (state, i) => ({
      outputs: { y: network.apply(state.params, i.x, i.time, { labels: i.labels }) },
    }),
  );
  const runnable = await engine.compile(p, { params });
  const { y } = await runnable.run(inputs);
  await runnable.dispose();
  return { shape: y.shape, data: y.data };
}

t.test("what it says of itself", async (t) => {
  const network = unet(tiny.residual, size);
  t.same(network.shape, [3, ...size]);
  t.equal(network.classes, 3);
  t.equal(network.config, tiny.residual);
});

for (const [name, config] of Object.entries(tiny)) {
  t.test(`${name}: at the start the output is exactly 0, whatever the input`, async (t) => {
    const { shape, data } = await run(config, unet(config, size).init(random(3)));
    t.same(shape, [batch, 3, ...size]);
    t.ok(data.every((v) => v === 0));
    const later = await run(config, awake(config));
    t.ok(later.data.every((v) => Number.isFinite(v) && v !== 0));
  });

  t.test(`${name}: images of a batch do not see each other, and each sees its noise level`, async (t) => {
    const params = awake(config);
    const before = await run(config, params);
    const half = before.data.length / 2;
    const x = normal("x", [batch, 3, ...size]);
    x.data.set(normal("other", [3, ...size]).data, half);
    const after = await run(config, params, { x });
    t.equal(difference(after.data.slice(0, half), before.data.slice(0, half)), undefined);
    t.not(difference(after.data.slice(half), before.data.slice(half), { atol: 1e-2 }), undefined);

    const time = { shape: [batch], data: Float32Array.of(-120, 300) };
    const noisier = await run(config, params, { time });
    t.equal(difference(noisier.data.slice(0, half), before.data.slice(0, half)), undefined);
    t.not(difference(noisier.data.slice(half), before.data.slice(half), { atol: 1e-3 }), undefined);
  });
}

t.test("how weights begin", async (t) => {
  const params = new Map(leaves<HostArray>(unet(tiny.residual, size).init(random(3))));
  const largest = (path: string) =>
    params.get(path)!.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  for (const path of params.keys()) {
    const zero = /(conv2|proj|output)\.(weight|bias)$|norm\d?\.bias$/.test(path);
    t.equal(largest(path) === 0, zero, `${path} ${zero ? "is" : "is not"} 0`);
  }
  t.ok([...params.get("down.0.blocks.0.residual.norm1.weight")!.data].every((v) => v === 1));
  // U(+-1/sqrt(inputs)), of 432 and 192 numbers.
  const bound = (path: string, inputs: number) => {
    const ratio = largest(path) * Math.sqrt(inputs);
    t.ok(ratio <= 1 && ratio > 0.97, `${path}: ${ratio} of its bound`);
  };
  bound("up.0.blocks.0.residual.conv1.weight", 16 * 9);
  bound("middle.attention.qkv.weight", 8);
  const table = params.get("labels")!;
  t.same(table.shape, [3, 16]);
  const variance = table.data.reduce((s, v) => s + v * v, 0) / table.data.length;
  t.ok(variance > 0.5 && variance < 1.7, `labels have variance ${variance}`);
  const all = [...params.values()].filter(({ data }) => data[0] !== 0 && data[0] !== 1);
  t.equal(
    new Set(all.map(({ data }) => data[0])).size,
    all.length,
    "no two arrays begin with the same number",
  );
});

t.test("labels change the output after the first steps", async (t) => {
  const config = tiny.residual;
  const network = unet(config, size);
  const inputs = inputsFor(config);
  const params = network.init(random(3));
  // Gradient descent towards another image.
  const descent = program(
    { state: params, inputs: shapesOf({ ...inputs, target: inputs.x }) },
    (state, i) => {
      const y = network.apply(state, i.x, i.time, { labels: i.labels });
      const slopes = new Map(leaves<Tensor>(grad(mean(square(sub(y, i.target))), state)));
      return {
        state: mapTree(state, (p: Tensor, path) => sub(p, mul(slopes.get(path)!, 0.5))),
      };
    },
  );
  const runnable = await engine.compile(descent, params);
  const target = normal("target", inputs.x.shape);
  const change = async () => {
    const now = unflatten(params, await runnable.read());
    const a = await run(config, now, { labels: { shape: [2], data: Float32Array.of(1, 0) } });
    const b = await run(config, now, { labels: { shape: [2], data: Float32Array.of(1, 2) } });
    const half = a.data.length / 2;
    t.same(a.data.slice(0, half), b.data.slice(0, half), "the same class gives the same image");
    return a.data.slice(half).reduce((most, v, k) => Math.max(most, Math.abs(v - b.data[half + k])), 0);
  };
  t.equal(await change(), 0, "none at the start");
  await runnable.run({ ...inputs, target });
  // The first step moves the output layer alone: nothing reaches the layers before it through zeros.
  t.equal(await change(), 0, "none after one step");
  await runnable.run({ ...inputs, target });
  const first = await change();
  t.ok(first > 1e-6, `${first} after two steps`);
  await runnable.run({ ...inputs, target });
  t.ok((await change()) > first, "and more after three");
  await runnable.dispose();
});

t.test("a label for no class is one more row of the table, which changes nothing else", async (t) => {
  const config = { ...tiny.residual, nullClass: true };
  const [plain, extended] = [awake(tiny.residual), awake(config)];
  t.same([unet(config, size).nullLabel, unet(tiny.residual, size).nullLabel], [3, undefined]);
  t.equal(unet({ ...tiny.conv, nullClass: true }, size).nullLabel, undefined, "only beside classes");
  const { labels, ...rest } = extended;
  t.same(labels!.shape, [4, 16]);
  t.same({ ...rest, labels: { shape: [3, 16], data: labels!.data.slice(0, 48) } }, plain);
  const of = (config: UnetConfig, params: unknown, ...data: number[]) =>
    run(config, params as typeof plain, { labels: { shape: [2], data: Float32Array.from(data) } });
  const [ofClasses, ofNone] = [await of(config, extended, 1, 0), await of(config, extended, 3, 0)];
  t.same(ofClasses.data, (await of(tiny.residual, plain, 1, 0)).data);
  const half = ofNone.data.length / 2;
  t.not(ofNone.data.slice(0, half).join(), ofClasses.data.slice(0, half).join());
  t.same(ofNone.data.slice(half), ofClasses.data.slice(half), "the other image is the same");
});

t.test("what is missing or does not fit", async (t) => {
  const failing = (config: UnetConfig, labelled: boolean, shape: Shape = [1, 3, ...size]) => {
    const network = unet(config, size);
    return () =>
      program(
        { state: network.init(random(3)), inputs: { x: shape, time: [1], labels: [1] } },
        (params, i) => ({
          outputs: {
            y: add(network.apply(params, i.x, i.time, { labels: labelled ? i.labels : undefined }), 0),
          },
        }),
      );
  };
  t.throws(failing(tiny.residual, false), {
    message: "unet-baseline: labels are needed (this network has 3 classes)",
  });
  t.throws(failing(tiny.conv, true), { message: "unet-baseline: labels given (this network has 0 classes)" });
  t.throws(failing(tiny.conv, false, [1, 3, 4, 8]), {
    message: "unet-baseline: images of another size (got [1, 3, 4, 8], expected [batch, 3, 8, 4])",
  });
  t.doesNotThrow(failing(tiny.residual, true));
});
