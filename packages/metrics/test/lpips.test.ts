// LPIPS against PyTorch with seeded weights.
import {
  frozen,
  type LpipsNetwork,
  lpips,
  lpipsDistance,
  lpipsNetworks,
  lpipsShapes,
  lpipsWeights,
} from "@imagefn/metrics";
import { grad, type HostArray, onnxEngine, sum } from "@imagefn/ops";
import { difference, evaluateAll } from "@imagefn/testing";
import t from "tap";
import { each, expected, picture, seededWeights } from "./networksSeeded.js";

const engine = await onnxEngine({ threads: 1 });
const floats = (name: string, shape: number[]): HostArray => ({
  shape,
  data: Float32Array.from(picture(name, shape).data, (v) => v / 127.5 - 1),
});

for (const network of lpipsNetworks)
  t.test(`${network} agrees with PyTorch, and its gradient`, async (t) => {
    const { side, every, size, ...cases } = expected.lpips[network];
    const weights = seededWeights(lpipsShapes(network));
    const params = frozen(weights);
    const shape = [2, 3, side, side];
    for (const pooling of ["max", "average"] as const) {
      const y = await evaluateAll(
        engine,
        (a, b) => {
          const distance = lpipsDistance(params, a, b, { network, pooling });
          return { distance, gradient: grad(sum(distance), a) };
        },
        [floats("a", shape), floats("b", shape)],
      );
      const { distance, gradient } = cases[pooling];
      t.equal(difference(y.distance.data, distance, { rtol: 1e-5 }), undefined, `${pooling}: distance`);
      const scale = Math.max(...gradient.map(Math.abs));
      t.equal(
        difference(each(y.gradient.data, every), gradient, { rtol: 1e-3, atol: 1e-4 * scale }),
        undefined,
        `${pooling}: gradient`,
      );
      const metric = lpips(network, weights, { engine, pooling, size, batch: 1 });
      const resized = await metric.distance(picture("a", shape), picture("b", shape));
      t.equal(difference(resized, cases[pooling].resized, { rtol: 1e-5 }), undefined, `${pooling}: resized`);
      await metric.dispose();
    }
  });

t.test("wrong weights, networks and pictures", async (t) => {
  const squeeze = seededWeights(lpipsShapes("squeeze"));
  t.equal(
    lpipsWeights("squeeze", squeeze, new Map([["classifier.1.weight", floats("a", [1])]])).size,
    25 * 2 + 7,
  );
  t.throws(
    () => lpipsWeights("vgg", squeeze),
    /do not fit LPIPS \(vgg\): .*are missing: "features\.2\.weight"/,
  );
  t.throws(
    () => lpipsWeights("alex", squeeze),
    /"features\.0\.weight" \[64, 3, 3, 3\] \(expected \[64, 3, 11, 11\]\)/,
  );
  t.throws(
    () => lpipsShapes("resnet" as LpipsNetwork),
    /no LPIPS network "resnet" \(expected vgg, alex, squeeze\)/,
  );
  const metric = lpips("squeeze", squeeze, { engine });
  await t.rejects(
    metric.distance(picture("a", [1, 3, 32, 32]), picture("b", [1, 3, 32, 33])),
    /batches of one shape \(got \[1, 3, 32, 32\] and \[1, 3, 32, 33\]\)/,
  );
});

t.test("black pictures have gradients", async (t) => {
  // Without biases every feature of a grey picture is 0, where the length's gradient is not finite by itself.
  const weights = new Map(
    [...seededWeights(lpipsShapes("squeeze"))].map(([path, value]) => [
      path,
      path.endsWith("bias") ? { ...value, data: new Float32Array(value.data.length) } : value,
    ]),
  );
  const flat: HostArray = { shape: [1, 3, 32, 32], data: new Float32Array(3 * 1024) };
  for (const [c, shift] of [-0.03, -0.088, -0.188].entries()) flat.data.fill(shift, c * 1024, (c + 1) * 1024);
  const y = await evaluateAll(
    engine,
    (a, b) => {
      const distance = lpipsDistance(frozen(weights), a, b, { network: "squeeze" });
      return { distance, gradient: grad(sum(distance), a) };
    },
    [flat, floats("b", [1, 3, 32, 32])],
  );
  t.ok(Number.isFinite(y.distance.data[0]));
  t.ok(y.gradient.data.every(Number.isFinite));
});
