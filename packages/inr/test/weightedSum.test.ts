// A weighted sum of image functions as one: its pixels, its file, and what cannot be added up.
import {
  checkImageFunction,
  type ImageFunction,
  type InrArchitecture,
  layerShapes,
  loadImageFunction,
  render,
  saveImageFunction,
  weightedSum,
} from "@imagefn/inr";
import { random } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";

const sizes: InrArchitecture = { depth: 3, width: 8, groups: 4, peDim: 4, peSigma: 3, outBias: 0.1 };

function functionOf(seed: number, changes: Partial<InrArchitecture> = {}, scale = 0.5): ImageFunction {
  const architecture = { ...sizes, ...changes };
  const layers = layerShapes(architecture).map(({ inputs, outputs }, l) => ({
    weight: {
      shape: [inputs, outputs],
      data: random(seed)
        .stream(`w${l}`)
        .normal(inputs * outputs),
    },
    bias: { shape: [outputs], data: random(seed).stream(`b${l}`).normal(outputs) },
  }));
  return { architecture, scale, layers };
}

const pixels = async (fn: ImageFunction) => (await render(fn, { width: 5, height: 4, engine: "plain" })).data;

t.test("its pixels are the sum of those of its parts", async (t) => {
  const cases: [name: string, parts: ImageFunction[], factors: number[]][] = [
    ["extrapolation", [functionOf(1), functionOf(2)], [2.5, -1.5]],
    [
      "other widths, scales and biases",
      [functionOf(1), functionOf(2, { width: 4, outBias: -1 }, 2)],
      [1, 0.25],
    ],
    ["three functions", [functionOf(1), functionOf(2), functionOf(3)], [1, 1, -1]],
    ["one layer", [functionOf(1, { depth: 1 }), functionOf(2, { depth: 1 })], [3, -2]],
    ["one function", [functionOf(1)], [-1]],
  ];
  for (const [name, parts, factors] of cases) {
    const sum = checkImageFunction(weightedSum(parts.map((fn, i) => ({ fn, factor: factors[i] }))));
    const each = await Promise.all(parts.map(pixels));
    const expected = each[0].map((_, p) => each.reduce((n, own, i) => n + factors[i] * own[p], 0));
    t.equal(difference(await pixels(sum), expected, { rtol: 1e-4, atol: 1e-4 }), undefined, name);
  }
});

t.test("it is stored in a file as any other", async (t) => {
  const sum = weightedSum([
    { fn: functionOf(1), factor: 2 },
    { fn: functionOf(2), factor: -1 },
  ]);
  const back = loadImageFunction(saveImageFunction(sum));
  t.same(await pixels(back), await pixels(sum));
  t.equal(back.architecture.width, 16);
});

t.test("functions of another form cannot be added up", async (t) => {
  const sumWith = (changes: Partial<InrArchitecture>) => () =>
    weightedSum([
      { fn: functionOf(1), factor: 1 },
      { fn: functionOf(2, changes), factor: 1 },
    ]);
  t.throws(() => weightedSum([]), { message: "inr: a sum needs at least one image function (got none)" });
  t.throws(sumWith({ depth: 2 }), {
    message: "inr: functions of a sum must have the same depth (got 3 and 2)",
  });
  t.throws(sumWith({ peDim: 2 }), {
    message: "inr: functions of a sum must have the same peDim (got 4 and 2)",
  });
  t.throws(sumWith({ peSigma: 4 }), { message: /same peSigma \(got 3 and 4\)/ });
  t.throws(sumWith({ coordinates: "paper" }), { message: /same coordinates \(got center and paper\)/ });
});
