// The part of a generator that makes image functions, as an ONNX model.
import { asParams } from "@imagefn/consistency";
import { exportOnnx, type HostArray } from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";
import { lastStepProgram } from "../sampling/functionPrograms.js";

/**
 * A noisy image x [1, 3, h, w], its level sigma [1], and for a conditional generator a label [1], to the weight and bias of each
 * layer: x = 80 z of N(0, 1) numbers z at level 80 makes a sample in one step.
 * @param weights by the generator's own paths
 */
export const functionsOnnx = (
  generator: CmFunc,
  weights: ReadonlyMap<string, HostArray>,
  about: Readonly<Record<string, string>>,
): Uint8Array =>
  exportOnnx({
    name: "functions",
    outputs: Object.fromEntries(lastStepProgram(generator, 1).outputs),
    weights: asParams(weights),
    metadata: { format: "imagefn.functions", ...about },
  });
