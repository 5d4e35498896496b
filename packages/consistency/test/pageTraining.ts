// Training as a page does it, in a worker: the same trainer as in Node, on an engine of ONNX Runtime for browsers.
import { consistencyTrainer } from "@imagefn/consistency";
import { type Engine, type HostArray, random, writeSafetensors } from "@imagefn/ops";
import { tinyCmFunc as generator } from "./tinyCmFunc.js";

export const steps = 20;
/** Steps after which there is a checkpoint. */
export const half = 10;

export interface Part {
  readonly losses: readonly number[];
  /** After `half` steps, where it began before: the bytes of a .safetensors file. */
  readonly checkpoint?: Uint8Array;
}

/** The steps from the beginning, or from a checkpoint after `half` of them, to the last. */
export async function trainOn(engine: Engine, restored?: ReadonlyMap<string, HostArray>): Promise<Part> {
  const batch = 3;
  const pixels = batch * generator.shape.reduce((a, b) => a * b, 1);
  const trainer = await consistencyTrainer(
    {
      engine,
      generator,
      // Another batch at each step, as from files.
      data: (k) => ({
        images: random(1)
          .uniform(pixels, k)
          .map((u) => 2 * u - 1),
      }),
      batch,
      learningRate: 1e-3,
      distance: "pseudo-huber",
      emaRates: [0.9],
      clipNorm: 1,
    },
    generator.init(random(0)),
    restored,
  );
  const losses: number[] = [];
  let checkpoint: Uint8Array | undefined;
  for (let k = restored ? half : 0; k < steps; k++) {
    losses.push((await trainer.step(k, steps)).loss);
    if (k + 1 === half) checkpoint = writeSafetensors(await trainer.read());
  }
  await trainer.dispose();
  return { losses, checkpoint };
}
