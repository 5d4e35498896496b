// Statistics of a network's taps: numbers by hand from the taps, sizes, and gradients where nothing varies.
import { frozen, lpipsNetworks, squeezeNet, tapShapes, tapStatistics, tapWeights } from "@imagefn/metrics";
import {
  constant,
  grad,
  type HostArray,
  mul,
  onnxEngine,
  resizeBilinear,
  sub,
  sum,
  type Tensor,
} from "@imagefn/ops";
import { difference, evaluateAll } from "@imagefn/testing";
import t from "tap";
import { picture, seededWeights } from "./networksSeeded.js";

const engine = await onnxEngine({ threads: 1 });
const images: HostArray = {
  shape: [2, 3, 16, 16],
  data: Float32Array.from(picture("a", [2, 3, 16, 16]).data, (v) => v / 127.5 - 1),
};
const squeeze = frozen(tapWeights("squeeze", seededWeights(tapShapes("squeeze"))));

t.test("means and deviations of SqueezeNet's taps, and mean colours", async (t) => {
  const colour = (values: number[]) => constant({ shape: [3, 1, 1], data: Float32Array.from(values) });
  const found = await evaluateAll(
    engine,
    (x) => {
      const enlarged = resizeBilinear(x, [64, 64]);
      const normalised = sub(enlarged, colour([-0.03, -0.088, -0.188]));
      const scaled = squeezeNet(squeeze, mul(normalised, colour([1 / 0.458, 1 / 0.448, 1 / 0.45])), "max");
      const named = (name: string, all: readonly Tensor[]) =>
        Object.fromEntries(all.map((y, i) => [`${name}${i}`, y]));
      return { ...named("tap", scaled), ...named("feature", tapStatistics(squeeze, x, "squeeze")) };
    },
    [images],
  );
  const features = Object.keys(found).filter((name) => name.startsWith("feature"));
  t.equal(features.length, 13);
  for (let i = 1; i < 7; i++) {
    const { shape, data } = found[`tap${i}`];
    const area = shape[2] * shape[3];
    const channels = Array.from({ length: shape[0] * shape[1] }, (_, c) =>
      data.subarray(c * area, (c + 1) * area),
    );
    const means = channels.map((x) => x.reduce((a, b) => a + b, 0) / area);
    const deviations = channels.map((x, c) =>
      Math.sqrt(x.reduce((a, v) => a + (v - means[c]) ** 2, 0) / area + 1e-6),
    );
    const near = (at: number, expected: number[]) =>
      difference(found[`feature${at}`].data, expected, { rtol: 1e-3, atol: 1e-4 });
    t.equal(near(2 * i - 2, means), undefined, `means of tap ${i}`);
    t.equal(near(2 * i - 1, deviations), undefined, `deviations of tap ${i}`);
  }
  // Cells of 2 x 2 pixels.
  const { shape, data } = found.feature12;
  t.same(shape, [2, 192]);
  const at = (y: number, x: number) => images.data[256 + 16 * y + x];
  t.equal(difference([data[64 + 8 + 3]], [(at(2, 6) + at(2, 7) + at(3, 6) + at(3, 7)) / 4]), undefined);
});

t.test("every network; grey pictures have gradients", async (t) => {
  const widths = {
    vgg: 2 * (128 + 256 + 512 + 512),
    alex: 2 * (192 + 384 + 256 + 256),
    squeeze: 2 * (128 + 256 + 384 + 384 + 512 + 512),
  };
  for (const network of lpipsNetworks) {
    const zeros = (_: string, shape: readonly number[]) =>
      constant({ shape: [...shape], data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
    const made = tapStatistics(
      zeros,
      constant({ shape: [1, 3, 32, 32], data: new Float32Array(3072) }),
      network,
    );
    t.equal(
      made.slice(0, -1).reduce((n, { shape }) => n + shape[1], 0),
      widths[network],
      network,
    );
    t.same(made.at(-1)!.shape, [1, 192]);
  }
  const grey: HostArray = { shape: [1, 3, 32, 32], data: new Float32Array(3072) };
  const { gradient } = await evaluateAll(
    engine,
    (x) => ({
      gradient: grad(
        tapStatistics(squeeze, x, "squeeze")
          .map((y) => sum(y))
          .reduce((a, b) => sub(a, b)),
        x,
      ),
    }),
    [grey],
  );
  t.ok(gradient.data.every(Number.isFinite));
  t.ok(gradient.data.some((v) => v !== 0));
});
