// The Inception-v3 that the npm package nsfwjs ships: a perceptual network that needs no download but npm's.
import { ImagefnError } from "@imagefn/base";
import { type HostArray, mul, type Shape } from "@imagefn/ops";
import { foldBatchNorm } from "./batchNorm.js";
import { inception, inceptionConvolutions, POOL, SPATIAL } from "./inception.js";
import { fromTensorflow } from "./inceptionNames.js";
import type { GraphNetwork } from "./network.js";
import { type Weights, weightAt } from "./params.js";

/** Keras' batch norms have this epsilon, and in this network no scale. */
const EPS = 1e-3;

/** A weight of a tfjs layers-model: 8-bit numbers q that stand for q scale + min. */
interface QuantizedSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly quantization?: { readonly dtype: string; readonly min: number; readonly scale: number };
}

interface LayersModel {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly QuantizedSpec[];
  }[];
}

/** What nsfwjs/models/inception_v3 exports. */
interface NsfwjsModel {
  modelJson(): Promise<{ default: LayersModel }>;
  weightBundles: readonly (() => Promise<{ default: string }>)[];
}

const MODULE: string = "nsfwjs/models/inception_v3";

const ADVICE =
  "install it with: npm install --legacy-peer-deps nsfwjs@4.4.0 (25 MB, MIT; the flag leaves TensorFlow.js out, " +
  "which is not needed here)";

/** Whether the package nsfwjs is installed, without loading its 30 MB. */
export async function hasNsfwjs(): Promise<boolean> {
  return (await import(MODULE).catch(() => undefined)) !== undefined;
}

/** The arrays of a tfjs layers-model: names and shapes from its JSON, data from its shards one after another. */
export function dequantize({ weightsManifest }: LayersModel, shards: readonly Uint8Array[]): Weights {
  const bytes = Buffer.concat(shards);
  const out = new Map<string, HostArray>();
  let at = 0;
  for (const { name, shape, quantization } of weightsManifest.flatMap((group) => group.weights)) {
    if (quantization?.dtype !== "uint8")
      throw new ImagefnError(
        "missing-package",
        `metrics: nsfwjs' weights "${name}" are not 8-bit (got ${quantization?.dtype ?? "no quantization"}); ` +
          ADVICE,
      );
    const n = shape.reduce((product, d) => product * d, 1);
    if (at + n > bytes.length)
      throw new ImagefnError(
        "missing-package",
        `metrics: nsfwjs' weights end within "${name}" (got ${bytes.length} bytes); ${ADVICE}`,
      );
    const { min, scale } = quantization;
    const value = Float32Array.from({ length: 256 }, (_, q) => q * scale + min);
    const data = new Float32Array(n);
    for (let i = 0; i < n; i++) data[i] = value[bytes[at + i]];
    out.set(name, { shape, data });
    at += n;
  }
  return out;
}

/**
 * The weights of `inception` out of nsfwjs 4.4.0, which must be installed; TensorFlow.js need not be.
 * @throws if nsfwjs is missing or another version, with advice.
 */
export async function nsfwjsWeights(): Promise<Map<string, HostArray>> {
  const found = (await import(MODULE).catch(() => undefined)) as
    | { InceptionV3Model?: NsfwjsModel }
    | undefined;
  if (!found)
    throw new ImagefnError("missing-package", `metrics: the package nsfwjs is not installed; ${ADVICE}`);
  const model = found.InceptionV3Model;
  if (!model)
    throw new ImagefnError(
      "missing-package",
      `metrics: this version of nsfwjs has no Inception-v3; ${ADVICE}`,
    );
  const { default: json } = await model.modelJson();
  const shards = await Promise.all(
    model.weightBundles.map(async (load) => Buffer.from((await load()).default, "base64")),
  );
  return nsfwjsNames(dequantize(json, shards));
}

/** Keras numbers its layers in the order in which they are made, which is ours: conv2d_1 is Conv2d_1a_3x3. */
function nsfwjsNames(keras: Weights): Map<string, HostArray> {
  const out = new Map<string, HostArray>();
  for (const [i, [path, [outputs, inputs, kh, kw]]] of inceptionConvolutions().entries()) {
    const layer = i + 1;
    const kernel = weightAt(keras, `conv2d_${layer}/kernel`, [kh, kw, inputs, outputs]);
    const at = (name: string) => weightAt(keras, `batch_normalization_${layer}/${name}`, [outputs]).data;
    const norm = { beta: at("beta"), mean: at("moving_mean"), variance: at("moving_variance") };
    const { weight, bias } = foldBatchNorm(fromTensorflow(kernel), norm, EPS);
    out.set(`${path}.weight`, weight);
    out.set(`${path}.bias`, bias);
  }
  return out;
}

/**
 * nsfwjs' Inception-v3, fine-tuned to tell pictures that are not safe for work: what it computes is real and
 * perceptual, and is never called FID. "pool" is the global average before its classifier.
 *
 * @param weights of `nsfwjsWeights()`
 */
export function nsfwjsInception(weights: Weights): GraphNetwork {
  return {
    name: "nsfwjs Inception",
    resize: "align_corners",
    size: [299, 299],
    features: { pool: POOL, spatial: SPATIAL },
    weights,
    apply: (params, pictures) => ({ ...inception(params, mul(pictures, 1 / 255), { lastPool: "average" }) }),
  };
}
