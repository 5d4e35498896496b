// From noise to image functions as programs, and their outputs as functions. Works in pages too.
import { type NetworkInputs, networkInputs, oneStepInputs } from "@imagefn/consistency";
import { type ImageFunction, type InrLayer, splitBatch } from "@imagefn/inr";
import { type HostArray, type Program, program, random, type Shape, type Tensor } from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";

/** z [batch, 3, h, w] and labels to the weights of one image function each. */
export const functionProgram = (generator: CmFunc, batch: number): Program =>
  weightsProgram(generator, batch, { z: [batch, ...generator.shape] }, ({ z }) => oneStepInputs(z));

/** Noisy images x [batch, 3, h, w], their level sigma [batch], and labels to the weights of one image function each. */
export const lastStepProgram = (generator: CmFunc, batch: number): Program =>
  weightsProgram(generator, batch, { x: [batch, ...generator.shape], sigma: [batch] }, ({ x, sigma }) =>
    networkInputs(x, sigma),
  );

function weightsProgram(
  generator: CmFunc,
  batch: number,
  given: Record<string, Shape>,
  networkInputsOf: (inputs: Record<string, Tensor>) => NetworkInputs,
): Program {
  const labels: Record<string, Shape> = generator.classes > 0 ? { labels: [batch] } : {};
  return program(
    { state: { params: generator.init(random(0)) }, inputs: { ...given, ...labels } },
    (state, inputs) => {
      const { x, t } = networkInputsOf(inputs);
      const layers = generator.generate(state.params, x, t, inputs.labels);
      return {
        outputs: Object.fromEntries(
          layers.flatMap(({ weight, bias }, l) => [
            [`weight${l}`, weight],
            [`bias${l}`, bias],
          ]),
        ),
      };
    },
  );
}

/** The outputs of such a program as image functions. @param scale the factor on what they give */
export function toFunctions(
  { config }: CmFunc,
  result: Readonly<Record<string, HostArray>>,
  scale: number,
): ImageFunction[] {
  const layers = Array.from(
    { length: config.inr.depth },
    (_, l): InrLayer<HostArray> => ({ weight: result[`weight${l}`], bias: result[`bias${l}`] }),
  );
  return splitBatch(config.inr, layers, { scale });
}
