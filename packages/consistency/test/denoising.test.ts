// The total denoising distance of functions known by hand.
import { denoisingDistance, karrasGrid } from "@imagefn/consistency";
import { type Runnable, random } from "@imagefn/ops";
import t from "tap";
import { pixelwise } from "./generators.js";

const images = random(1).normal(4 * 12);
const by = (f: (x: number, sigma: number) => number): Runnable =>
  ({
    run: async ({ x, sigma }: Record<string, Float32Array>) => ({
      image: { data: x.map((v, i) => f(v, sigma[Math.floor(i / 12)])) },
    }),
  }) as never;
const measure = (runnable: Runnable, batch: number, seed = 7) =>
  denoisingDistance(runnable, { generator: pixelwise, batch, images, seed });

t.test("an identity is as far away as its noise: d_i = sigma_i ||z||", async (t) => {
  const { sigmas, distances, mean, rmse } = await measure(
    by((x) => x),
    2,
  );
  t.same([...sigmas], [...karrasGrid(18)].slice(1));
  const unit = distances.map((d, i) => d / sigmas[i]);
  t.ok(
    unit.every((u) => Math.abs(u - unit[16]) < 0.01 * unit[16]),
    "in proportion to sigma",
  );
  t.ok(unit[16] > 2 && unit[16] < 5, `about sqrt(12) (${unit[16]})`);
  t.ok(Math.abs(mean - distances.reduce((a, b) => a + b, 0) / 17) < 1e-9);
  t.ok(Math.abs(rmse - mean / Math.sqrt(12)) < 1e-9);
});

t.test("a constant is as far away as the images are long, at every level", async (t) => {
  const { distances } = await measure(
    by(() => 0),
    4,
  );
  const length = [0, 1, 2, 3].map((b) => Math.hypot(...images.subarray(b * 12, (b + 1) * 12)));
  const expected = length.reduce((a, b) => a + b, 0) / 4;
  t.ok(distances.every((d) => Math.abs(d - expected) < 1e-5));
});

t.test("noise belongs to the image, not to the batch", async (t) => {
  const f = by((x, sigma) => x / (1 + sigma));
  const one = await measure(f, 1);
  const four = await measure(f, 4);
  t.ok(four.distances.every((d, i) => Math.abs(d - one.distances[i]) < 1e-9));
  t.notSame((await measure(f, 4, 8)).distances, four.distances, "another seed");
  await t.rejects(measure(f, 3), /whole batches of 3 images/);
});
