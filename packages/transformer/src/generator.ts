// Generators as training and sampling see them: they fit `Generator` of @imagefn/consistency without importing it.
import { coordinateGrid, type InrLayer, variationalCoordinates } from "@imagefn/inr";
import type { HostArray, Random, Tensor } from "@imagefn/ops";
import { type CmFuncConfig, type CmFuncParams, generate, initCmFunc, render } from "./cmFunc.js";

interface Inputs {
  readonly labels?: Tensor;
  readonly coordinates?: Tensor;
}

/** A generator of images of one size. */
export interface ImageGenerator<Config, Params> {
  readonly config: Config;
  /** [3, height, width] */
  readonly shape: readonly number[];
  readonly classes: number;
  init(random: Random): Params;
  /** The free-form network F: c_in x [batch, 3, h, w] and t = 250 ln sigma [batch] -> [batch, 3, h, w]. */
  apply(params: unknown, x: Tensor, t: Tensor, inputs: Inputs): Tensor;
}

export interface CmFunc extends ImageGenerator<CmFuncConfig, CmFuncParams<HostArray>> {
  reconstruct(params: unknown, x: Tensor, inputs: Inputs): Tensor;
  coordinates(batch: number, normals?: Float32Array): Float32Array;
  /** The image functions of c_in x, one per image. */
  generate(params: unknown, x: Tensor, t: Tensor, labels?: Tensor): InrLayer[];
}

/** CM-Func for images of height x width pixels. */
export function cmFunc(config: CmFuncConfig, [height, width]: readonly [number, number]): CmFunc {
  const grid = { height, width, kind: config.inr.coordinates };
  const draw = (layers: InrLayer[], { coordinates }: Inputs) => {
    if (!coordinates) throw new Error("transformer: CM-Func needs coordinates to render at");
    return render(config, layers, coordinates, [height, width]);
  };
  return {
    config,
    shape: [3, height, width],
    classes: config.classes,
    init: (random) => initCmFunc(config, [height, width], random),
    generate: (params, x, t, labels) => generate(config, params as CmFuncParams, x, t, { labels }),
    apply: (params, x, t, inputs) => draw(generate(config, params as CmFuncParams, x, t, inputs), inputs),
    reconstruct: (params, x, inputs) =>
      draw(generate(config, params as CmFuncParams, x, undefined, { skipEncoder: true }), inputs),
    coordinates(batch, normals) {
      if (normals) return variationalCoordinates(grid, normals);
      const one = coordinateGrid(grid).data;
      const all = new Float32Array(batch * one.length);
      for (let b = 0; b < batch; b++) all.set(one, b * one.length);
      return all;
    },
  };
}
