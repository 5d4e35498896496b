// A whole CM-Func, forward and backward, on every engine that works everywhere.
import {
  constant,
  engine as engineNamed,
  grad,
  type HostArray,
  leaves,
  mul,
  program,
  random,
  sum,
  type Tensor,
} from "@imagefn/ops";
import { difference } from "@imagefn/ops/testing";
import { cmFunc } from "@imagefn/transformer";
import t from "tap";
import { awake, tiny } from "./tiny.js";

const config = { ...tiny, classes: 2 };
const generator = cmFunc(config, [4, 4]);
const params = awake(config);
const batch = 2;

/** The image, and the gradient of sum(image * g) by every parameter and by x. */
const whole = program(
  {
    state: params,
    inputs: { x: [batch, ...generator.shape], time: [batch], labels: [batch], coordinates: [batch, 16, 2] },
  },
  (state, { x, time, labels, coordinates }) => {
    const image = generator.apply(state, x, time, { labels, coordinates });
    const g = constant({ shape: image.shape, data: random(5).normal(batch * 48) });
    const slopes = grad(sum(mul(image, g)), { x, params: state });
    return { outputs: { image, ...Object.fromEntries(leaves<Tensor>(slopes)) } };
  },
);

async function run(name: "onnx" | "gpujs:cpu" | "gpujs:webasm") {
  const { engine } = await engineNamed({ name, threads: 1 });
  const runnable = await engine.compile(whole, params);
  const result = await runnable.run({
    x: random(1).normal(batch * 48),
    time: Float32Array.of(-100, 300),
    labels: Float32Array.of(1, 0),
    coordinates: generator.coordinates(batch, random(2).normal(batch * 32)),
  });
  await runnable.dispose();
  return result;
}

const expected = await run("onnx");

for (const name of ["gpujs:cpu", "gpujs:webasm"] as const)
  t.test(`${name} agrees with onnx`, async (t) => {
    const got = await run(name);
    t.same(Object.keys(got), Object.keys(expected));
    t.equal(Object.keys(got).length, 2 + leaves<HostArray>(params).length);
    const wrong = Object.entries(expected).flatMap(([path, { data }]) => {
      t.ok(
        data.some((v) => v !== 0),
        `${path} is not all zero`,
      );
      const largest = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const found = difference(got[path].data, data, { rtol: 1e-4, atol: 1e-5 * largest });
      return found ? [`${path}: ${found}`] : [];
    });
    t.same(wrong, []);
  });
