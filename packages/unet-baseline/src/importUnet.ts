// Weights of consistency_models' U-Net (Song et al. 2023), and of guided-diffusion's, in our tree.
import { type HostArray, type ImportChoices, importWeights, leaves, random, renamed } from "@imagefn/ops";
import type { UnetConfig } from "./config.js";
import { initUnet, type UnetParams } from "./network.js";

/** Groups of the normalisation in the code that the weights come from. */
const GROUPS = 32;

/** What can differ between checkpoints of the same names. */
export interface ImportUnetOptions extends ImportChoices {
  /**
   * Order of the 3 c outputs of qkv. "parts", as if left out: [q | k | v], each (head, channel), as in consistency_models.
   * "heads": (head, [q | k | v], channel), as in guided-diffusion without its new attention order.
   */
  readonly qkvOrder?: "parts" | "heads";
}

const residual = [
  ["norm1", "in_layers.0"],
  ["conv1", "in_layers.2"],
  ["embedding", "emb_layers.1"],
  ["norm2", "out_layers.0"],
  ["conv2", "out_layers.3"],
  ["skip", "skip_connection"],
] as const;

const attention = [
  ["norm", "norm"],
  ["qkv", "qkv"],
  ["proj", "proj_out"],
] as const;

/** Pairs of our paths and theirs for everything that has parameters. */
function names(params: UnetParams<HostArray>): [ours: string, theirs: string][] {
  const pairs: [string, string][] = [
    ["time.fc1", "time_embed.0"],
    ["time.fc2", "time_embed.2"],
    ["labels", "label_emb.weight"],
    ["input", "input_blocks.0.0"],
    ["norm", "out.0"],
    ["output", "out.2"],
  ];
  const add = (ours: string, theirs: string, parts: readonly (readonly [string, string])[]) => {
    for (const [a, b] of parts) pairs.push([`${ours}.${a}`, `${theirs}.${b}`]);
  };
  let n = 1;
  for (const [l, { blocks, resample }] of params.down.entries()) {
    for (const [i, block] of blocks.entries()) {
      add(`down.${l}.blocks.${i}.residual`, `input_blocks.${n}.0`, residual);
      if (block.attention) add(`down.${l}.blocks.${i}.attention`, `input_blocks.${n}.1`, attention);
      n++;
    }
    if (!resample) continue;
    if ("weight" in resample) pairs.push([`down.${l}.resample`, `input_blocks.${n}.0.op`]);
    else add(`down.${l}.resample`, `input_blocks.${n}.0`, residual);
    n++;
  }
  for (const [i, part] of (["before", "attention", "after"] as const).entries())
    add(`middle.${part}`, `middle_block.${i}`, part === "attention" ? attention : residual);
  n = 0;
  for (const [l, { blocks, resample }] of params.up.entries())
    for (const [i, block] of blocks.entries()) {
      add(`up.${l}.blocks.${i}.residual`, `output_blocks.${n}.0`, residual);
      if (block.attention) add(`up.${l}.blocks.${i}.attention`, `output_blocks.${n}.1`, attention);
      // What doubles the size is the last layer of a level's last block.
      if (resample && i === blocks.length - 1) {
        const last = `output_blocks.${n}.${block.attention ? 2 : 1}`;
        if ("weight" in resample) pairs.push([`up.${l}.resample`, `${last}.conv`]);
        else add(`up.${l}.resample`, last, residual);
      }
      n++;
    }
  return pairs;
}

/** Rows of (head, part, channel) as rows of (part, head, channel). */
function partsFirst(array: HostArray, headChannels: number): Float32Array {
  const rows = array.shape[0];
  const n = array.data.length / rows;
  const heads = rows / 3 / headChannels;
  const out = new Float32Array(array.data.length);
  for (let row = 0; row < rows; row++) {
    const [head, part, d] = [
      Math.floor(row / (3 * headChannels)),
      Math.floor(row / headChannels) % 3,
      row % headChannels,
    ];
    const to = (part * heads + head) * headChannels + d;
    out.set(array.data.subarray(row * n, (row + 1) * n), to * n);
  }
  return out;
}

/**
 * The parameters of a U-Net for images of height x width, from weights of consistency_models (`cm/unet.py`) by name. Its
 * noise embedding is of 250 ln sigma, as ours.
 * @param weights as `readSafetensors` gives them
 * @throws listing every name that is missing, has another shape, or is not known; if the groups are not 32
 */
export function importUnet(
  config: UnetConfig,
  imageSize: readonly [height: number, width: number],
  weights: ReadonlyMap<string, HostArray>,
  { prefix, qkvOrder = "parts" }: ImportUnetOptions = {},
): UnetParams<HostArray> {
  if (config.groups !== GROUPS)
    throw new Error(
      `unet-baseline: importUnet: groups is ${config.groups} (expected ${GROUPS}, as these weights have)`,
    );
  const initial = initUnet(config, imageSize, random(0));
  const pairs = names(initial);
  const shapes = new Map(leaves<HostArray>(initial).map(([path, { shape }]) => [path, shape]));
  return importWeights(
    initial,
    (path) => {
      const name = renamed(path, pairs)!;
      const shape = shapes.get(path)!;
      if (!/attention\.(qkv|proj)\./.test(path)) return { name };
      // There they are 1 x 1 convolutions, of images or of rows of pixels.
      return {
        name,
        shapes:
          shape.length === 2
            ? [
                [...shape, 1, 1],
                [...shape, 1],
              ]
            : [shape],
        take:
          qkvOrder === "heads" && path.includes(".qkv.")
            ? (array) => partsFirst(array, config.headChannels)
            : undefined,
      };
    },
    weights,
    { what: "unet-baseline: importUnet", prefix },
  ) as UnetParams<HostArray>;
}
