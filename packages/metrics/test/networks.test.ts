// The feature networks: layer shapes, parameter counts, the names in weight files, resize rules.
import {
  alexNet,
  alexNetShapes,
  type FeatureNetwork,
  frechetName,
  inception,
  inception2015,
  inception2015Shapes,
  inception2015Weights,
  inceptionShapes,
  lpipsShapes,
  type Params,
  resizePlanes,
  squeezeNet,
  squeezeNetShapes,
  vgg16,
  vgg16Shapes,
  type Weights,
} from "@imagefn/metrics";
import { broadcastTo, constant, type HostArray, reachable, type Shape, type Tensor } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import t from "tap";
import { expected, picture } from "./networksSeeded.js";

const numbers = (shapes: Iterable<Shape>) =>
  [...shapes].reduce((total, shape) => total + shape.reduce((n, d) => n * d, 1), 0);
const zeros: Params = (_, shape) => broadcastTo(constant(0), shape);
const blank = (height: number, width = height) => broadcastTo(constant(0), [1, 3, height, width]);
/** "64 x 149" of every convolution and pool, in order, without repetitions. */
const maps = (roots: readonly Tensor[]) => [
  ...new Set(
    reachable(roots)
      .filter(({ op }) => ["conv2d", "maxPool2d", "concat"].includes(op.name))
      .map(({ op, shape }) => `${op.name} ${shape.slice(1).join(" ")}`),
  ),
];

t.test("Inception-2015", async (t) => {
  const file = inception2015Shapes();
  const convolutions = [...file].filter(([path]) => path.endsWith(".conv.weight"));
  t.equal(convolutions.length, 94);
  t.equal(numbers(convolutions.map(([, shape]) => shape)), 21_751_136);
  t.equal(numbers([...file].filter(([path]) => path.endsWith(".bn.bias")).map(([, s]) => s)), 17_216);
  t.equal(file.size, 94 * 5 + 2);
  t.same(file.get("Mixed_6b.branch7x7dbl_4.conv.weight"), [128, 128, 7, 1]);
  t.same(file.get("Mixed_7c.branch3x3dbl_3a.conv.weight"), [384, 384, 1, 3]);
  t.same(file.get("Mixed_5b.branch_pool.bn.running_var"), [32]);
  t.same(file.get("fc.weight"), [1008, 2048]);
  t.equal(inceptionShapes().size, 2 * 94);

  const { pool, spatial } = inception(zeros, blank(299));
  t.same(pool.shape, [1, 2048]);
  t.same(spatial.shape, [1, 2023]);
  const seen = maps([pool]);
  t.same(seen.slice(0, 7), [
    "conv2d 32 149 149",
    "conv2d 32 147 147",
    "conv2d 64 147 147",
    "maxPool2d 64 73 73",
    "conv2d 80 73 73",
    "conv2d 192 71 71",
    "maxPool2d 192 35 35",
  ]);
  for (const block of ["256 35 35", "288 35 35", "768 17 17", "1280 8 8", "2048 8 8"])
    t.ok(seen.includes(`concat ${block}`), block);
  t.same(inception(zeros, blank(75)).pool.shape, [1, 2048], "the smallest picture");
});

t.test("VGG-16, AlexNet, SqueezeNet 1.1", async (t) => {
  t.equal(numbers(vgg16Shapes().values()), 14_714_688);
  t.equal(numbers(alexNetShapes().values()), 2_469_696);
  t.equal(numbers(squeezeNetShapes().values()), 1_235_496 - (512 * 1000 + 1000));
  t.equal(numbers(lpipsShapes("vgg").values()), 14_714_688 + 1472);
  t.equal(lpipsShapes("squeeze").get("lin6.model.1.weight")?.join(), "1,512,1,1");
  const shapes = (taps: Tensor[]) => taps.map(({ shape }) => shape.slice(1).join(" "));
  t.same(shapes(vgg16(zeros, blank(224))), [
    "64 224 224",
    "128 112 112",
    "256 56 56",
    "512 28 28",
    "512 14 14",
  ]);
  t.same([...vgg16Shapes().keys()].filter((path) => path.endsWith("weight")).join(), vggNames.join());
  t.same(shapes(alexNet(zeros, blank(224))), [
    "64 55 55",
    "192 27 27",
    "384 13 13",
    "256 13 13",
    "256 13 13",
  ]);
  t.same(shapes(squeezeNet(zeros, blank(224))), [
    "64 111 111",
    "128 55 55",
    "256 27 27",
    "384 13 13",
    "384 13 13",
    "512 13 13",
    "512 13 13",
  ]);
  t.same(shapes(squeezeNet(zeros, blank(32))).slice(2), [
    "256 3 3",
    ...["384", "384", "512", "512"].map((c) => `${c} 1 1`),
  ]);
  t.same(shapes(squeezeNet(zeros, blank(17, 64))).at(-1), "512 1 3", "the smallest height");
});

const vggNames = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28].map((i) => `features.${i}.weight`);

/** Arrays of the right shapes that share their zeros. */
function blankWeights(shapes: ReadonlyMap<string, Shape>): Map<string, HostArray> {
  const data = new Float32Array(2048 * 1008);
  return new Map(
    [...shapes].map(([path, shape]) => [path, { shape, data: data.subarray(0, numbers([shape])) }]),
  );
}

t.test("weights that do not fit", async (t) => {
  const file = blankWeights(inception2015Shapes());
  const without = (change: (weights: Map<string, HostArray>) => void) => {
    const copy = new Map(file);
    change(copy);
    return () => inception2015Weights(copy);
  };
  t.throws(
    without((w) => w.delete("Mixed_7a.branch3x3_2.bn.running_var")),
    /do not fit Inception-2015: 1 of 471 are missing: "Mixed_7a\.branch3x3_2\.bn\.running_var"/,
  );
  t.throws(
    without((w) => w.set("fc.weight", { shape: [1000, 2048], data: new Float32Array(1) })),
    /"fc\.weight" \[1000, 2048\] \(expected \[1008, 2048\]\)/,
  );
  t.throws(() => inception2015Weights(new Map()), /471 of 471 are missing: "Conv2d_1a_3x3\.conv\.weight"/);
});

/** A file that has whatever is asked for, told by the names that `has` sees; `asked` collects the names. */
function obliging(first: string, array: (name: string) => HostArray) {
  const asked = new Set<string>();
  const file = Object.assign(new Map<string, HostArray>(), {
    has: (name: string) => name === first,
    get(name: string) {
      asked.add(name);
      return array(name);
    },
  });
  return { file: file as Weights, asked };
}

const filled = (shape: Shape, value: number): HostArray => ({
  shape,
  data: new Float32Array(numbers([shape])).fill(value),
});

const shapes = [...inception2015Shapes()].filter(([path]) => path.endsWith("conv.weight")).map(([, s]) => s);

t.test("TensorFlow's graph of 2015", async (t) => {
  const scopes: Record<string, string> = {
    Conv2d_2b_3x3: "conv_2",
    "Mixed_5b.branch3x3dbl_2": "mixed/tower_1/conv_1",
    "Mixed_6a.branch3x3": "mixed_3/conv",
    "Mixed_6a.branch3x3dbl_3": "mixed_3/tower/conv_2",
    "Mixed_6d.branch7x7_2": "mixed_6/tower/conv_1",
    "Mixed_6e.branch7x7dbl_5": "mixed_7/tower_1/conv_4",
    "Mixed_7a.branch7x7x3_4": "mixed_8/tower_1/conv_3",
    "Mixed_7c.branch3x3_2b": "mixed_10/tower/mixed/conv_1",
    "Mixed_7c.branch_pool": "mixed_10/tower_2/conv",
  };
  let layer = -1;
  const { file, asked } = obliging("conv/conv2d_params", (name) => {
    if (name === "softmax/weights") {
      const weights = filled([2048, 1008], 0);
      weights.data[5 * 1008 + 3] = 11;
      return weights;
    }
    if (name.endsWith("/conv2d_params")) layer++;
    const [o, i, kh, kw] = shapes[layer];
    if (name.endsWith("/moving_variance")) return filled([o], 0.25 - 1e-3);
    if (name.endsWith("/gamma")) return filled([o], 0.5);
    if (!name.endsWith("/conv2d_params")) return filled([o], 2);
    // [0, 0, 0, 1] of [kh, kw, in, out] tells the layer.
    const weights = filled([kh, kw, i, o], 0);
    weights.data[1] = Object.values(scopes).indexOf(name.replace("/conv2d_params", "")) + 1;
    return weights;
  });
  const weights = inception2015Weights(file);
  t.equal(asked.size, 94 * 5 + 1);
  for (const [k, path] of Object.keys(scopes).entries()) {
    const { shape, data } = weights.get(`${path}.weight`)!;
    // It has come to [1, 0, 0, 0] of [out, in, kh, kw], times gamma / sqrt(variance) = 1.
    t.ok(Math.abs(data[numbers([shape.slice(1)])] - (k + 1)) < 1e-5, path);
    t.ok(Math.abs(weights.get(`${path}.bias`)!.data[0]) < 1e-6, "beta - mean");
  }
  t.equal(weights.get("fc.weight")?.data[3 * 2048 + 5], 11);
});

t.test("OpenAI's port of it", async (t) => {
  let layer = -1;
  const { file, asked } = obliging("layers.conv.weight", (name) => {
    if (name === "output.weight") return filled([1008, 2048], 0);
    if (name.endsWith(".weight")) return filled(shapes[++layer], 1);
    return filled([shapes[layer][0]], name.endsWith(".var") ? 4 - 1e-3 : name.endsWith(".mean") ? 6 : 1);
  });
  const weights = inception2015Weights(file);
  t.equal(asked.size, 94 * 4 + 1);
  for (const name of [
    "layers.conv_4.beta",
    "layers.mixed.tower_1.conv_2.weight",
    "layers.mixed_3.conv.mean",
    "layers.mixed_8.tower_1.conv_3.var",
    "layers.mixed_9.tower_conv.weight",
    "layers.mixed_9.tower_mixed_conv_1.beta",
    "layers.mixed_10.tower_1_mixed_conv.weight",
    "layers.mixed_10.tower_2_conv.var",
  ])
    t.ok(asked.has(name), name);
  t.equal(difference(weights.get("Mixed_7c.branch_pool.weight")!.data.subarray(0, 1), [0.5]), undefined);
  t.equal(difference(weights.get("Mixed_7c.branch_pool.bias")!.data.subarray(0, 1), [-2]), undefined);
});

t.test("a number is called what it is", async (t) => {
  const weights = new Map();
  t.equal(frechetName(inception2015(weights)), "FID");
  t.equal(frechetName(inception2015(weights), "spatial"), "sFID");
  t.equal(frechetName(inception2015(weights, "clean")), "FID (clean)");
  const other = { ...inception2015(weights), name: "nsfwjs Inception" } as FeatureNetwork;
  t.equal(frechetName(other), "Frechet distance (nsfwjs Inception)");
  t.equal(frechetName(other, "spatial"), "spatial Frechet distance (nsfwjs Inception)");
});

t.test("resize rules agree with TensorFlow's formula, PyTorch and Pillow", async (t) => {
  for (const { rule, from, to, values } of expected.resize) {
    const { data } = picture("resize", [2, ...from]);
    const y = resizePlanes(rule, data, [2, ...from], to);
    // PyTorch and Pillow round to float32 on the way.
    t.equal(difference(y, values, { rtol: 0, atol: 1e-4 }), undefined, `${rule} ${from} to ${to}`);
  }
  const { data } = picture("resize", [2, 3, 4]);
  for (const rule of ["legacy_tensorflow", "legacy_pytorch", "clean", "align_corners"] as const)
    t.same([...resizePlanes(rule, data, [2, 3, 4], [3, 4])], [...data], `${rule}: its own size`);
});
