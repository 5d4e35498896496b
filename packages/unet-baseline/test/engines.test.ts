// Whole networks on every engine that works everywhere: gradients by central differences, and agreement of engines.
import {
  add,
  constant,
  engine as engineNamed,
  grad,
  type HostArray,
  leaves,
  mul,
  program,
  random,
  slice,
  sum,
  type Tensor,
  unflatten,
} from "@imagefn/ops";
import { difference, gradcheck } from "@imagefn/testing";
import { type UnetConfig, unet } from "@imagefn/unet-baseline";
import t from "tap";
import { awake, inputsFor, normal, size, tiny } from "./tiny.js";

type Name = "onnx" | "gpujs:cpu" | "gpujs:webasm";
const engine = async (name: Name) => (await engineNamed({ name, threads: 1 })).engine;

/** The image, and the gradient of sum(image * g) by every parameter and by x. */
async function run(name: Name, config: UnetConfig) {
  const network = unet(config, size);
  const params = awake(config);
  const inputs = inputsFor(config);
  const shapes = Object.fromEntries(Object.entries(inputs).map(([key, { shape }]) => [key, shape]));
  const whole = program({ state: params, inputs: shapes }, (state, { x, time, labels }) => {
    const image = network.apply(state, x, time, { labels });
    const slopes = grad(sum(mul(image, constant(normal("g", image.shape)))), { x, params: state });
    return { outputs: { image, ...Object.fromEntries(leaves<Tensor>(slopes)) } };
  });
  const runnable = await (await engine(name)).compile(whole, params);
  const result = await runnable.run(inputs);
  await runnable.dispose();
  return result;
}

/**
 * The image by one number for each array: how far that array moves along a direction of its own.
 * One central difference then checks the whole gradient of an array.
 */
async function checked(name: Name, config: UnetConfig, limit: number) {
  const network = unet(config, size);
  const { x, ...others } = inputsFor(config);
  const arrays: [string, HostArray][] = [...leaves<HostArray>(awake(config)), ["x", x]];
  return gradcheck(
    await engine(name),
    (move) => {
      const moved = new Map(
        arrays.map(([path, array], i) => {
          const direction = constant(
            normal(`direction ${path}`, array.shape, 1 / Math.sqrt(array.data.length)),
          );
          return [path, add(constant(array), mul(slice(move, 0, i, 1), direction))];
        }),
      );
      const params = unflatten(network.init(random(3)), moved);
      const labels = others.labels && constant(others.labels);
      return network.apply(params, moved.get("x")!, constant(others.time), { labels });
    },
    [{ shape: [arrays.length], data: new Float32Array(arrays.length) }],
    { step: 1e-2, rtol: 1e-2, atol: 1e-2, limit },
  );
}

for (const [kind, config] of Object.entries(tiny)) {
  t.test(`${kind}: gradients of the whole network`, async (t) => {
    t.equal(await checked("onnx", config, 1000), undefined, "onnx, every array");
    t.equal(await checked("gpujs:cpu", config, 6), undefined, "gpujs:cpu, some arrays");
  });

  t.test(`${kind}: engines agree`, async (t) => {
    const expected = await run("onnx", config);
    t.equal(Object.keys(expected).length, 2 + leaves(awake(config)).length);
    for (const name of ["gpujs:cpu", "gpujs:webasm"] as const) {
      const got = await run(name, config);
      t.same(Object.keys(got), Object.keys(expected));
      const wrong = Object.entries(expected).flatMap(([path, { data }]) => {
        const largest = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        if (largest === 0) return [`${path} is all zero`];
        const found = difference(got[path].data, data, { rtol: 1e-4, atol: 1e-5 * largest });
        return found ? [`${path}: ${found}`] : [];
      });
      t.same(wrong, [], name);
    }
  });
}
