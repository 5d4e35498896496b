// Weights of DiT, U-ViT and trans-inr in our trees.
import type { InrArchitecture } from "@imagefn/inr";
import { layerShapes } from "@imagefn/inr";
import {
  type HostArray,
  type ImportChoices,
  importWeights,
  leaves,
  random,
  renamed,
  type Shape,
  type WeightOrigin,
} from "@imagefn/ops";
import { type CmFuncConfig, type CmFuncParams, initCmFunc } from "./cmFunc.js";
import { type Classes, classRows } from "./condition.js";
import { type DitConfig, type DitParams, ditRecord, initDit } from "./dit.js";
import { patchCount, sinCosTable } from "./patches.js";
import { type ImageSize, refuse } from "./problems.js";
import { initUvit, type UvitConfig, type UvitParams } from "./uvit.js";

const shapesOf = (tree: unknown): Map<string, Shape> =>
  new Map(leaves<HostArray>(tree).map(([path, { shape }]) => [path, shape]));

/** A patch convolution [dim, 3, p, p]: its numbers are in the order of our patches, (channel, row, column). */
const patchKernel = (name: string, { dim, patch }: { dim: number; patch: number }): WeightOrigin => ({
  name,
  shapes: [[dim, 3, patch, patch]],
});

/** Class vectors, perhaps with one more for "no class" at the end, which is left out where there is no null class. */
function classTable(name: string, { dim, ...classes }: Classes & { dim: number }): WeightOrigin {
  const rows = classRows(classes);
  const least = [rows, dim];
  return {
    name,
    shapes: rows > classes.classes ? [least] : [least, [rows + 1, dim]],
    take: ({ data }) => data.slice(0, rows * dim),
  };
}

/** Of each cell's channels, colours and perhaps as many variances after them, the colours. */
function colours({ shape, data }: HostArray, cells: number): Float32Array {
  const [rows, n = 1] = shape;
  const channels = rows / cells;
  const out = new Float32Array(cells * 3 * n);
  for (let cell = 0; cell < cells; cell++)
    out.set(data.subarray(cell * channels * n, (cell * channels + 3) * n), cell * 3 * n);
  return out;
}

/**
 * The parameters of a CM-DiT, from weights of DiT (`models.py`) on images of three channels, by name. A table of
 * classes + 1 rows loses its last, which is "no class", unless the settings have a `nullClass`; outputs that are variances are left out.
 * @param weights as `readSafetensors` gives them
 * @throws listing every name that is missing, has another shape, or is not known; if the fixed positions are others
 */
export function importDit(
  config: DitConfig,
  size: ImageSize,
  weights: ReadonlyMap<string, HostArray>,
  { prefix = "" }: ImportChoices = {},
): DitParams<HostArray> {
  const what = "transformer: importDit";
  refuse("importDit", ditRecord.problems(config, size));
  const { dim, patch } = config;
  const initial = initDit(config, random(0));
  const shapes = shapesOf(initial);
  checkPositions(weights.get(`${prefix}pos_embed`), size, config, what);
  return importWeights(
    initial,
    (path) => {
      const name = renamed(path, [
        ["patch", "x_embedder.proj"],
        ["time.fc1", "t_embedder.mlp.0"],
        ["time.fc2", "t_embedder.mlp.2"],
        ["labels", "y_embedder.embedding_table.weight"],
        ["final.ada", "final_layer.adaLN_modulation.1"],
        ["final.linear", "final_layer.linear"],
        ["blocks", "blocks"],
      ])!
        .replace(/^(blocks\.\d+)\.(qkv|proj)\./, "$1.attn.$2.")
        .replace(/^(blocks\.\d+)\.ada\./, "$1.adaLN_modulation.1.");
      if (path === "patch.weight") return patchKernel(name, config);
      if (path === "labels") return classTable(name, config);
      if (!path.startsWith("final.linear.")) return { name };
      const [rows, ...rest] = shapes.get(path)!;
      return {
        name,
        shapes: [
          [rows, ...rest],
          [2 * rows, ...rest],
        ],
        take: (array) => colours(array, patch * patch),
      };
    },
    weights,
    { what, prefix, ignores: (name) => name === "pos_embed" },
  ) as DitParams<HostArray>;

  /** Positions are no parameters: they must be those that we compute. */
  function checkPositions(given: HostArray | undefined, [h, w]: ImageSize, c: DitConfig, where: string) {
    if (!given) return;
    const expected = sinCosTable(h / c.patch, w / c.patch, dim);
    const same =
      given.data.length === expected.data.length &&
      given.data.every((v, i) => Math.abs(v - expected.data[i]) < 2e-3);
    if (!same)
      throw new Error(
        `${where}: "${prefix}pos_embed" holds other positions than those of ${h} x ${w} pixels in patches of ${c.patch} ` +
          `(got [${given.shape.join(", ")}], expected [1, ${expected.shape.join(", ")}])`,
      );
  }
}

/**
 * The parameters of a CM-UViT, from weights of U-ViT (`libs/uvit.py`) with its last convolution and no bias on queries,
 * keys and values, by name. A table of classes + 1 rows loses its last, unless
 * the settings have a `nullClass`.
 * @param weights as `readSafetensors` gives them
 * @throws listing every name that is missing, has another shape, or is not known
 */
export function importUvit(
  config: UvitConfig,
  size: ImageSize,
  weights: ReadonlyMap<string, HostArray>,
  { prefix }: ImportChoices = {},
): UvitParams<HostArray> {
  const initial = initUvit(config, size, random(0));
  return importWeights(
    initial,
    (path) => {
      const name = renamed(path, [
        ["patch", "patch_embed.proj"],
        ["time.fc1", "time_embed.0"],
        ["time.fc2", "time_embed.2"],
        ["labels", "label_emb.weight"],
        ["positions", "pos_embed"],
        ["inBlocks", "in_blocks"],
        ["midBlock", "mid_block"],
        ["outBlocks", "out_blocks"],
        ["norm", "norm"],
        ["linear", "decoder_pred"],
        ["conv", "final_layer"],
      ])!
        .replace(/\.self\.norm\./, ".norm1.")
        .replace(/\.self\./, ".attn.")
        .replace(/\.mlp\.norm\./, ".norm2.")
        .replace(/\.skip\./, ".skip_linear.");
      if (path === "patch.weight") return patchKernel(name, config);
      if (path === "labels") return classTable(name, config);
      if (path === "positions") return { name, shapes: [[1, ...initial.positions.shape]] };
      return { name };
    },
    weights,
    { what: "transformer: importUvit", prefix },
  ) as UvitParams<HostArray>;
}

/**
 * The parts of trans-inr (`models/trans_inr.py`) that a CM-Func has too, in its parameters: patches and learned positions,
 * function tokens, the layers from tokens to columns, and what all functions share. trans-inr's transformer attends to
 * patches and tokens at once, where CM-Func has an encoder and a decoder: those stay as they are in `params`.
 * @param params a tree of arrays, as `initCmFunc` gives it
 * @param weights as `readSafetensors` gives them
 * @throws listing every name that is missing, has another shape, or is not known; if positions are not learned, or the
 * function is not of the grouped kind with shared biases
 */
export function importTransInr(
  config: CmFuncConfig,
  size: ImageSize,
  weights: ReadonlyMap<string, HostArray>,
  { prefix, params }: ImportChoices & { params?: CmFuncParams<HostArray> } = {},
): CmFuncParams<HostArray> {
  const what = "transformer: importTransInr";
  const { inr } = config;
  if (config.positions !== "learned")
    throw new Error(`${what}: positions is "${config.positions ?? "sin-cos"}" (expected "learned")`);
  if ((inr.weights ?? "grouped") !== "grouped" || inr.generatedBiases)
    throw new Error(`${what}: the image function must be "grouped" and share its biases`);
  patchCount(size, config.patch);
  const initial = params ?? initCmFunc(config, size, random(0));
  return importWeights(initial, (path) => originInTransInr(path, inr), weights, {
    what,
    prefix,
    ignores: (name) => name.startsWith("transformer_encoder."),
  }) as CmFuncParams<HostArray>;
}

function originInTransInr(path: string, inr: InrArchitecture): WeightOrigin | undefined {
  const [, l, part] = /^base\.(\d+)\.(weight|bias)$/.exec(path) ?? [];
  if (part !== undefined) {
    // The bias is the last row, below the weights.
    const { inputs, outputs } = layerShapes(inr)[Number(l)];
    return {
      name: `base_params.wb${l}`,
      shapes: [[inputs + 1, outputs]],
      take: ({ data }) =>
        part === "weight" ? data.slice(0, inputs * outputs) : data.slice(inputs * outputs),
    };
  }
  const name = renamed(path.replace(/^postfc\.(\d+)\.norm\./, "wtoken_postfc.wb$1.0."), [
    ["patch", "tokenizer.prefc"],
    ["positions", "tokenizer.posemb"],
    ["tokens", "wtokens"],
    ["wtoken_postfc", "wtoken_postfc"],
    ["postfc", "wtoken_postfc"],
  ])?.replace(/^wtoken_postfc\.(\d+)\.linear\./, "wtoken_postfc.wb$1.1.");
  return name === undefined ? undefined : { name };
}
