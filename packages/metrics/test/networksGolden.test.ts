// The feature networks against PyTorch in float64, with seeded weights.
import {
  alexNet,
  alexNetShapes,
  frozen,
  inception,
  inception2015Shapes,
  inception2015Weights,
  inceptionLogits,
  squeezeNet,
  squeezeNetShapes,
  vgg16,
  vgg16Shapes,
} from "@imagefn/metrics";
import { constant, div, mul, onnxEngine, sub, type Tensor } from "@imagefn/ops";
import { difference, evaluateAll } from "@imagefn/testing";
import t from "tap";
import { each, expected, picture, seededWeights } from "./networksSeeded.js";

const engine = await onnxEngine({ threads: 1 });
const floats = ({ shape, data }: { shape: readonly number[]; data: Uint8Array }) => ({
  shape,
  data: Float32Array.from(data),
});

t.test("Inception-2015, with the last pool of either kind", async (t) => {
  const { side, every, ...numbers } = expected.inception;
  const params = frozen(inception2015Weights(seededWeights(inception2015Shapes())));
  const y = await evaluateAll(
    engine,
    (bytes) => {
      const x = mul(sub(bytes, 128), 1 / 128);
      const { pool, spatial } = inception(params, x);
      const poolAverage = inception(params, x, { lastPool: "average" }).pool;
      return { pool, spatial, logits: inceptionLogits(params, pool), poolAverage };
    },
    [floats(picture("inception", [2, 3, side, side]))],
  );
  const close = { rtol: 1e-4, atol: 1e-5 };
  t.equal(difference(each(y.pool.data, every), numbers.pool, close), undefined, "pool");
  t.equal(difference(each(y.poolAverage.data, every), numbers.poolAverage, close), undefined, "average");
  t.equal(difference(y.spatial.data, numbers.spatial, close), undefined, "spatial");
  t.equal(difference(each(y.logits.data, every), numbers.logits, close), undefined, "logits");
});

const imageNet = (x: Tensor) => {
  const colours = (v: number[]) => constant({ shape: [3, 1, 1], data: Float32Array.from(v) });
  return div(sub(x, colours([0.485, 0.456, 0.406])), colours([0.229, 0.224, 0.225]));
};

const trunks = {
  vgg: [vgg16, vgg16Shapes],
  alex: [alexNet, alexNetShapes],
  squeeze: [squeezeNet, squeezeNetShapes],
} as const;

for (const [name, [trunk, shapes]] of Object.entries(trunks))
  t.test(`the taps of ${name}`, async (t) => {
    const { side, taps } = expected.lpips[name as keyof typeof trunks];
    const params = frozen(seededWeights(shapes()));
    const y = await evaluateAll(
      engine,
      (bytes) =>
        Object.fromEntries(trunk(params, imageNet(div(bytes, 255))).map((tap, l) => [`tap${l}`, tap])),
      [floats(picture("a", [2, 3, side, side]))],
    );
    for (const [l, { shape, mean, some }] of taps.entries()) {
      const { shape: got, data } = y[`tap${l}`];
      t.same([...got], shape);
      const scale = { rtol: 1e-4, atol: 1e-4 * mean };
      t.equal(difference([data.reduce((s, v) => s + v / data.length, 0)], [mean], scale), undefined);
      t.equal(difference(each(data, Math.floor(data.length / 7)), some, scale), undefined, `tap ${l}`);
    }
  });
