// Weights by the generator's own paths, and their places in the states of programs and trainers.
import type { HostArray } from "@imagefn/ops";

/**
 * Weights by the generator's own paths as the state of a program that calls them `params`, as `denoiser` does:
 * "patch.weight" becomes "params.patch.weight". For `engine.compile`, `runnable.write` and `exportOnnx`.
 */
export const asParams = (weights: ReadonlyMap<string, HostArray>): Map<string, HostArray> =>
  new Map([...weights].map(([path, value]) => [`params.${path}`, value]));

/**
 * One set of weights out of a trainer's state, by the generator's own paths: of "params" (the student), "target" or
 * "emas.0" (the first average). Empty if the state has no such part.
 */
export function weightsIn(state: ReadonlyMap<string, HostArray>, part: string): Map<string, HostArray> {
  const prefix = `${part}.`;
  return new Map(
    [...state].flatMap(([path, value]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), value] as const] : [],
    ),
  );
}
