// Whole networks, forward and backward, on every engine that works everywhere.
import {
  constant,
  type Engine,
  engine as engineNamed,
  grad,
  type HostArray,
  leaves,
  mul,
  program,
  random,
  type Shape,
  sum,
  type Tensor,
} from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { applied, awake, generators, inputsOf } from "./tiny.js";

const engineOf = async (name: "onnx" | "gpujs:cpu" | "gpujs:webasm") =>
  (await engineNamed({ name, threads: 1 })).engine;
const [onnx, cpu, webasm] = [
  await engineOf("onnx"),
  await engineOf("gpujs:cpu"),
  await engineOf("gpujs:webasm"),
];

for (const [title, generator] of generators)
  t.test(title, async (t) => {
    const params = awake(generator);
    const given = inputsOf(generator);
    const shapes: Record<string, Shape> = Object.fromEntries(
      Object.entries(given).map(([name, { shape }]) => [name, shape]),
    );
    const state = { params } as Record<string, HostArray>;
    // The image, and the gradient of sum(image * g) by every parameter and by x.
    const whole = program({ state, inputs: shapes }, (state, inputs) => {
      const image = applied(generator, state.params, inputs);
      const g = constant({ shape: image.shape, data: random(5).normal(given.x.data.length) });
      const slopes = grad(sum(mul(image, g)), { x: inputs.x, ...state });
      return { outputs: { image, ...Object.fromEntries(leaves<Tensor>(slopes)) } };
    });
    const run = async (engine: Engine) => {
      const runnable = await engine.compile(whole, state);
      const result = await runnable.run(given);
      await runnable.dispose();
      return result;
    };
    const expected = await run(onnx);
    t.equal(Object.keys(expected).length, 2 + leaves<HostArray>(params).length);
    const silent = Object.keys(expected).filter((path) => expected[path].data.every((v) => v === 0));
    t.same(silent, [], "every parameter carries a gradient");
    // WebAssembly takes seconds to begin: one network there, of the same kernels.
    for (const engine of title === "CM-Func" ? [cpu, webasm] : [cpu]) {
      const got = await run(engine);
      const wrong = Object.entries(expected).flatMap(([path, { data }]) => {
        const largest = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        const found = difference(got[path].data, data, { rtol: 1e-4, atol: 1e-5 * largest });
        return found ? [`${path}: ${found}`] : [];
      });
      t.same(wrong, [], `${engine.name} agrees with onnx`);
    }
  });
