// Image functions for tests.
import { type ImageFunction, type InrArchitecture, initBase, paperArchitecture } from "@imagefn/inr";
import { random } from "@imagefn/ops";

/** Small, with sizes that are no multiples of the loops' steps. */
export const smallArchitecture: InrArchitecture = {
  depth: 4,
  width: 18,
  groups: 6,
  peDim: 12,
  peSigma: 24,
  outBias: 0.125,
  coordinates: "center",
};

/** A function with random layers, with values well spread over [-1, 1]. */
export function randomFunction(architecture: Partial<InrArchitecture> = {}, seed = 1): ImageFunction {
  const a = { ...smallArchitecture, ...architecture };
  const layers = initBase(a, random(seed)).map(({ weight, bias }) => ({
    weight: { shape: weight.shape, data: weight.data.map((w) => 2 * w) },
    bias,
  }));
  return { architecture: a, scale: 0.75, layers };
}

/** The paper's frequencies, with angles of 3217 radians, and a small network on them. */
export const highFrequencyFunction = (): ImageFunction =>
  randomFunction({ ...paperArchitecture, depth: 3, width: 16, groups: 1 });
