// The FID network: Inception-v3 with the weights of 2015-12-05, from any of the files it is found in.
import { type HostArray, mul, type Shape, sub } from "@imagefn/ops";
import { foldBatchNorm, torchBatchNorm } from "./batchNorm.js";
import { CLASSES, inception, inceptionConvolutions, inceptionLogits, POOL, SPATIAL } from "./inception.js";
import { fromOpenaiModule, fromTensorflowGraph } from "./inceptionNames.js";
import type { GraphNetwork } from "./network.js";
import { pickWeights, type Weights } from "./params.js";
import type { ResizeRule } from "./resize.js";

/** torch's and TensorFlow's batch norms of this network. */
const EPS = 1e-3;

/** The three resize rules with which FIDs are published. Their numbers differ: never mix them. */
export type FidResize = Exclude<ResizeRule, "align_corners">;

/**
 * The names and shapes in pytorch-fid's pt_inception-2015-12-05-6726825d.pth: torchvision's, for 94 convolutions with
 * batch norms, and the classifier, whose bias nothing here reads.
 */
export function inception2015Shapes(): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const [path, shape] of inceptionConvolutions()) {
    shapes.set(`${path}.conv.weight`, shape);
    for (const name of ["weight", "bias", "running_mean", "running_var"])
      shapes.set(`${path}.bn.${name}`, [shape[0]]);
  }
  shapes.set("fc.weight", [CLASSES, POOL]);
  shapes.set("fc.bias", [CLASSES]);
  return shapes;
}

function torchNames(file: Weights): Weights {
  if (file.has("conv/conv2d_params")) return fromTensorflowGraph(file);
  return file.has("layers.conv.weight") ? fromOpenaiModule(file) : file;
}

/**
 * The weights of `inception` and `inceptionLogits` from a file's: pytorch-fid's names (.pth, .safetensors, .npz), the
 * constants of TensorFlow's classify_image_graph_def.pb, or the names of OpenAI's inception-2015-12-05.pt.
 * Batch norms are folded in, in float64.
 * @throws if an array is missing or has another shape.
 */
export function inception2015Weights(file: Weights): Map<string, HostArray> {
  const shapes = inception2015Shapes();
  shapes.delete("fc.bias");
  const torch = pickWeights("Inception-2015", shapes, torchNames(file));
  const out = new Map<string, HostArray>();
  for (const [path, [channels]] of inceptionConvolutions()) {
    const norm = torchBatchNorm(torch, `${path}.bn`, channels);
    const folded = foldBatchNorm(torch.get(`${path}.conv.weight`)!, norm, EPS);
    out.set(`${path}.weight`, folded.weight);
    out.set(`${path}.bias`, folded.bias);
  }
  out.set("fc.weight", torch.get("fc.weight")!);
  return out;
}

/**
 * The network of FID, sFID and the Inception Score.
 *
 * @param weights of `inception2015Weights`
 * @param resize "legacy_tensorflow" (the reference, and guided-diffusion's evaluator), "legacy_pytorch" (pytorch-fid)
 *   or "clean" (clean-fid)
 */
export function inception2015(weights: Weights, resize: FidResize = "legacy_tensorflow"): GraphNetwork {
  return {
    name: "Inception-2015",
    resize,
    size: [299, 299],
    features: { pool: POOL, spatial: SPATIAL, logits: CLASSES },
    weights,
    apply(params, pictures) {
      // pytorch-fid maps bytes to [-1, 1]; the graph itself, and clean-fid, to [-1, 127/128].
      const x =
        resize === "legacy_pytorch" ? sub(mul(pictures, 2 / 255), 1) : mul(sub(pictures, 128), 1 / 128);
      const { pool, spatial } = inception(params, x);
      return { pool, spatial, logits: inceptionLogits(params, pool) };
    },
  };
}
