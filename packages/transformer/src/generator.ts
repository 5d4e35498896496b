// Generators as training and sampling see them: they fit `Generator` of @imagefn/consistency without importing it.
import {
  architectureProblems,
  coordinateGrid,
  type GridOptions,
  type InrArchitecture,
  type InrLayer,
  variationalCoordinates,
} from "@imagefn/inr";
import type { HostArray, Random, Tensor } from "@imagefn/ops";
import { type CmFuncConfig, type CmFuncParams, generate, initCmFunc, paperConfig, render } from "./cmFunc.js";
import { type Classes, classesOf } from "./condition.js";
import {
  commonProblems,
  type FieldName,
  type GeneratorProblem,
  type ImageSize,
  ownName,
  positionProblems,
  refuse,
} from "./problems.js";

/** What a generator may be given besides images and noise levels. */
export interface GeneratorInputs {
  /** Class numbers [batch], for a conditional generator. */
  readonly labels?: Tensor;
  /** Where to render, (row, column) [batch, points, 2], for CM-Func. */
  readonly coordinates?: Tensor;
}

/** A generator of images of one size. */
export interface ImageGenerator<Config, Params> {
  /** The settings it was made from. */
  readonly config: Config;
  /** [3, height, width] */
  readonly shape: readonly number[];
  /** Number of classes; 0 for an unconditional generator. */
  readonly classes: number;
  /** The label that stands for no class, where the generator was made with one: `classes`. */
  readonly nullLabel?: number;
  /** Initial parameters. */
  init(random: Random): Params;
  /** The free-form network F: c_in x [batch, 3, h, w] and t = 250 ln sigma [batch] -> [batch, 3, h, w]. */
  apply(params: unknown, x: Tensor, t: Tensor, inputs: GeneratorInputs): Tensor;
}

/** A CM-Func for images of one size, whose output is an image function. */
export interface CmFunc extends ImageGenerator<CmFuncConfig, CmFuncParams<HostArray>> {
  /** F without its encoder, as pre-trained to reconstruct (Eq. 10): x / sigmaData [batch, 3, h, w] -> [batch, 3, h, w]. */
  reconstruct(params: unknown, x: Tensor, inputs: GeneratorInputs): Tensor;
  /**
   * Coordinates of every pixel [batch, h w, 2], jittered by N(0, 1) numbers [batch, h w, 2] where they are given: of whole
   * images, or of h x w pixels of larger ones at `places` [batch, 5]: for each the first row and column, the height and width
   * of the whole in pixels, and how many pixels rows and columns are apart. The jitter is one of those pixels.
   * @throws if a crop leaves its image
   */
  coordinates(batch: number, normals?: Float32Array, places?: Float32Array): Float32Array;
  /** The image functions of c_in x [batch, 3, h, w], one per image; t = 250 ln sigma [batch], labels [batch]. */
  generate(params: unknown, x: Tensor, t: Tensor, labels?: Tensor): InrLayer[];
}

/** CM-Func for images of height x width pixels. @throws with all `problems` of the settings, as `funcRecord` has them */
export function cmFunc(config: CmFuncConfig, [height, width]: ImageSize): CmFunc {
  refuse("CM-Func", cmFuncProblems(config, [height, width]));
  const grid = { height, width, kind: config.inr.coordinates };
  const draw = (layers: InrLayer[], { coordinates }: GeneratorInputs) => {
    if (!coordinates) throw new Error("transformer: CM-Func needs coordinates to render at");
    return render(config, layers, coordinates, [height, width]);
  };
  return {
    config,
    shape: [3, height, width],
    ...classesOf(config),
    init: (random) => initCmFunc(config, [height, width], random),
    generate: (params, x, t, labels) => generate(config, params as CmFuncParams, x, t, { labels }),
    apply: (params, x, t, inputs) => draw(generate(config, params as CmFuncParams, x, t, inputs), inputs),
    reconstruct: (params, x, inputs) =>
      draw(generate(config, params as CmFuncParams, x, undefined, { skipEncoder: true }), inputs),
    coordinates(batch, normals, places) {
      if (places) return cropCoordinates(grid, batch, places, normals);
      if (normals) return variationalCoordinates(grid, normals);
      const one = coordinateGrid(grid).data;
      const all = new Float32Array(batch * one.length);
      for (let b = 0; b < batch; b++) all.set(one, b * one.length);
      return all;
    },
  };
}

/** Coordinates of a crop of each image, of as many pixels as the grid. */
function cropCoordinates(
  { height, width, kind }: GridOptions,
  batch: number,
  places: Float32Array,
  normals?: Float32Array,
): Float32Array {
  const n = height * width * 2;
  const all = new Float32Array(batch * n);
  for (let b = 0; b < batch; b++) {
    const [top, left, rows, columns, step] = places.subarray(5 * b, 5 * b + 5);
    const grid = { height: rows, width: columns, kind, crop: { top, left, height, width }, step };
    const own = normals?.subarray(b * n, (b + 1) * n);
    all.set(own ? variationalCoordinates(grid, own) : coordinateGrid(grid).data, b * n);
  }
  return all;
}

function cmFuncProblems(
  settings: Omit<CmFuncConfig, keyof Classes>,
  size: ImageSize,
  name: FieldName = ownName,
): GeneratorProblem[] {
  const { positions = "sin-cos", inr } = settings;
  return [
    ...commonProblems(settings, size, name),
    ...(positions === "sin-cos" ? positionProblems(settings) : []),
    ...architectureProblems(inr).map(({ field, message }) => ({ field: `inr.${field}`, message })),
  ];
}

/**
 * Settings of a CM-Func apart from its data, in the form of a configuration: what concerns coordinates stands beside the
 * function's sizes.
 */
export interface FuncSettings extends Omit<CmFuncConfig, keyof Classes | "inr"> {
  /** Sizes of the image function. */
  readonly inr: Omit<InrArchitecture, "coordinates">;
  /** Where pixels lie: at cell centres of [-1, 1], or at i/H in [0, 1). */
  readonly coordinates: InrArchitecture["coordinates"];
  /** Jitter the coordinates in training. A setting of the trainer, which `make` leaves out. */
  readonly variationalCoordinates?: boolean;
}

const architectureOf = ({ inr, coordinates }: FuncSettings): InrArchitecture => ({ ...inr, coordinates });

/** The paper's settings, with the options of ANR left off. */
function paperSettings(): FuncSettings {
  const { classes: _, inr, ...config } = paperConfig;
  const { coordinates, ...sizes } = inr;
  return {
    ...config,
    positions: "sin-cos",
    inr: { ...sizes, weights: "grouped", generatedBiases: false },
    coordinates,
    variationalCoordinates: true,
  };
}

/** What configurations and tables know of CM-Func. Fits `GeneratorRecord` of @imagefn/consistency. */
export const funcRecord = {
  name: "func",
  title: "CM-Func",
  description: "a transformer whose output is an image function",
  /** The paper's. */
  defaults: paperSettings(),
  /** @throws if the settings make no network for that size */
  make(settings: FuncSettings, { size, ...classes }: { size: ImageSize } & Classes): CmFunc {
    const { coordinates: _, variationalCoordinates: __, ...config } = settings;
    return cmFunc({ ...config, ...classes, inr: architectureOf(settings) }, size);
  },
  /** Every rule that the settings break for images of a size. */
  problems: (settings: FuncSettings, size: ImageSize, name: FieldName = ownName): GeneratorProblem[] =>
    cmFuncProblems({ ...settings, inr: architectureOf(settings) }, size, name),
} as const;
