// The gradient of whole networks, against central differences, on two engines.
import {
  add,
  constant,
  engine as engineNamed,
  type HostArray,
  leaves,
  mapTree,
  mul,
  random,
  reshape,
  slice,
  type Tensor,
} from "@imagefn/ops";
import { gradcheck } from "@imagefn/testing";
import t from "tap";
import { applied, awake, generators, inputsOf } from "./tiny.js";

/** How much of a direction an array gets: directions are a few numbers long in all. */
const LENGTH = 0.5;

for (const name of ["onnx", "gpujs:cpu"] as const)
  t.test(name, async (t) => {
    const { engine } = await engineNamed({ name, threads: 1 });
    for (const [title, generator] of generators) {
      const { x, time, ...rest } = inputsOf(generator);
      const start = { params: awake(generator), x, time };
      const given = Object.fromEntries(Object.entries(rest).map(([key, v]) => [key, constant(v)]));
      // One number for each part of the network, and for the image and the noise level: how far all of its arrays have
      // gone in random directions.
      const partOf = (path: string) => path.split(".", path.startsWith("params.") ? 2 : 1).join(".");
      const parts = [...new Set(leaves<HostArray>(start).map(([path]) => partOf(path)))];
      const wrong = await gradcheck(
        engine,
        (gone) => {
          const { params, x, time } = mapTree(start, (from: HostArray, path) => {
            const z = random(8).stream(path).normal(from.data.length);
            const scale = LENGTH / Math.hypot(...z);
            const direction = constant({ shape: from.shape, data: z.map((v) => v * scale) });
            const distance = reshape(slice(gone, 0, parts.indexOf(partOf(path)), 1), []);
            return add(constant(from), mul(direction, distance));
          }) as unknown as { params: unknown; x: Tensor; time: Tensor };
          return applied(generator, params, { x, time, ...given });
        },
        [{ shape: [parts.length], data: new Float32Array(parts.length) }],
        { step: 1e-3, rtol: 2e-2, atol: 1e-2 },
      );
      t.equal(wrong, undefined, title);
    }
  });
