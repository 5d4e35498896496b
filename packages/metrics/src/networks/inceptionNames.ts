// The names of Inception-2015's weights in TensorFlow's graph, and in OpenAI's port of it to PyTorch.
import type { HostArray } from "@imagefn/ops";
import { CLASSES, inceptionConvolutions, POOL } from "./inception.js";
import { type Weights, weightAt } from "./params.js";

/** TensorFlow's scopes of the convolutions in each kind of block, by the branch's name in torchvision. */
const SCOPES: Readonly<Record<string, string>> = {
  branch1x1: "conv",
  branch3x3: "conv",
  branch5x5_1: "tower/conv",
  branch5x5_2: "tower/conv_1",
  branch7x7_1: "tower/conv",
  branch7x7_2: "tower/conv_1",
  branch7x7_3: "tower/conv_2",
  branch3x3_1: "tower/conv",
  branch3x3_2: "tower/conv_1",
  branch3x3_2a: "tower/mixed/conv",
  branch3x3_2b: "tower/mixed/conv_1",
  branch3x3dbl_1: "tower_1/conv",
  branch3x3dbl_2: "tower_1/conv_1",
  branch3x3dbl_3: "tower_1/conv_2",
  branch3x3dbl_3a: "tower_1/mixed/conv",
  branch3x3dbl_3b: "tower_1/mixed/conv_1",
  branch7x7dbl_1: "tower_1/conv",
  branch7x7dbl_2: "tower_1/conv_1",
  branch7x7dbl_3: "tower_1/conv_2",
  branch7x7dbl_4: "tower_1/conv_3",
  branch7x7dbl_5: "tower_1/conv_4",
  branch7x7x3_1: "tower_1/conv",
  branch7x7x3_2: "tower_1/conv_1",
  branch7x7x3_3: "tower_1/conv_2",
  branch7x7x3_4: "tower_1/conv_3",
  branch_pool: "tower_2/conv",
};

const STEM = ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"];
const BLOCKS = ["5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c"];

/** The first is "conv", the next "conv_1", ... */
const numbered = (name: string, i: number) => (i === 0 ? name : `${name}_${i}`);

/** The scope in TensorFlow's graph of the convolution that torchvision calls `path`. */
export function tensorflowScope(path: string): string {
  const [block, branch] = path.split(".");
  if (branch === undefined) return numbered("conv", STEM.indexOf(block));
  // In 6a the double branch is the first tower.
  const scope = SCOPES[branch];
  const inside = block === "Mixed_6a" ? scope.replace("tower_1", "tower") : scope;
  return `${numbered("mixed", BLOCKS.indexOf(block.slice("Mixed_".length)))}/${inside}`;
}

/** [d0, .., dn] with its axes in another order. */
function permuted({ shape, data }: HostArray, axes: readonly number[]): HostArray {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((n, d) => n * d, 1));
  const to = axes.map((a) => shape[a]);
  const steps = axes.map((a) => strides[a]);
  const out = new Float32Array(data.length);
  const at = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++at[axis] < to[axis]) break;
      from -= steps[axis] * to[axis];
      at[axis] = 0;
    }
  }
  return { shape: to, data: out };
}

/** A convolution's weight as TensorFlow stores it, [kh, kw, in, out], in PyTorch's order [out, in, kh, kw]. */
export const fromTensorflow = (weight: HostArray): HostArray => permuted(weight, [3, 2, 0, 1]);

/**
 * The constants of TensorFlow's classify_image_graph_def.pb under pytorch-fid's names, but for the classifier's bias.
 * @throws if one is missing or has another shape.
 */
export function fromTensorflowGraph(graph: Weights): Weights {
  const out = new Map<string, HostArray>();
  for (const [path, [outputs, inputs, kh, kw]] of inceptionConvolutions()) {
    const scope = tensorflowScope(path);
    const weight = weightAt(graph, `${scope}/conv2d_params`, [kh, kw, inputs, outputs]);
    out.set(`${path}.conv.weight`, fromTensorflow(weight));
    const norm = {
      weight: "gamma",
      bias: "beta",
      running_mean: "moving_mean",
      running_var: "moving_variance",
    };
    for (const [name, constant] of Object.entries(norm))
      out.set(`${path}.bn.${name}`, weightAt(graph, `${scope}/batchnorm/${constant}`, [outputs]));
  }
  out.set("fc.weight", permuted(weightAt(graph, "softmax/weights", [POOL, CLASSES]), [1, 0]));
  return out;
}

/**
 * The state dict of OpenAI's port ("layers.mixed.tower_1.conv_2.weight", ".beta", ".mean", ".var"), as the evaluator of the
 * consistency models has it, under pytorch-fid's names, but for the classifier's bias.
 * @throws if an array is missing or has another shape.
 */
export function fromOpenaiModule(file: Weights): Weights {
  const out = new Map<string, HostArray>();
  for (const [path, shape] of inceptionConvolutions()) {
    const [block, ...rest] = tensorflowScope(path).split("/");
    // The last two blocks have their convolutions side by side.
    const inside = /^Mixed_7[bc]/.test(path) ? rest.join("_") : rest.join(".");
    const layer = ["layers", block, inside].filter((part) => part !== "").join(".");
    const channels = [shape[0]];
    out.set(`${path}.conv.weight`, weightAt(file, `${layer}.weight`, shape));
    out.set(`${path}.bn.weight`, { shape: channels, data: new Float32Array(shape[0]).fill(1) });
    for (const [name, theirs] of Object.entries({ bias: "beta", running_mean: "mean", running_var: "var" }))
      out.set(`${path}.bn.${name}`, weightAt(file, `${layer}.${theirs}`, channels));
  }
  out.set("fc.weight", weightAt(file, "output.weight", [CLASSES, POOL]));
  return out;
}
