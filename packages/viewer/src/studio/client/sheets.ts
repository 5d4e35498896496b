// Samples along training, as small pictures.
import { asParams, functionScale, initialNoise, type Trainer, weightsIn } from "@imagefn/consistency";
import { renderBytes } from "@imagefn/inr";
import type { Engine, Runnable } from "@imagefn/ops";
import { functionProgram, type PageRun, toFunctions } from "@imagefn/runs/pages";
import type { CmFunc } from "@imagefn/transformer";
import type { Sheet } from "../about.js";
import { sampledPart } from "./sampledPart.js";

/** Samples, in one evaluation of the network. */
const COUNT = 16;
/** Drawn at this multiple of the training size: functions are sharper than their pixels. */
const LARGER = 2;

export interface Sheets {
  /** The first samples of the run's seed, with the weights of a trainer. */
  draw(trainer: Trainer): Promise<Sheet>;
  dispose(): Promise<void>;
}

export function sheets(engine: Engine, generator: CmFunc, config: PageRun["config"]): Sheets {
  const side = LARGER * config.data.size;
  const z = initialNoise(config.seed, 0, COUNT, generator.shape);
  let runnable: Runnable | undefined;
  return {
    async draw(trainer) {
      const part = sampledPart(config);
      const weights = asParams(weightsIn(await trainer.read(part), part));
      if (runnable) await runnable.write(weights);
      else runnable = await engine.compile(functionProgram(generator, COUNT), weights);
      const made = await runnable.run({ z });
      const functions = toFunctions(generator, made, functionScale(config.train.parameterisation));
      const pictures: Uint8ClampedArray[] = [];
      // ONNX Runtime on WebAssembly requires SIMD too.
      const options = { width: side, height: side, engine: "simd" } as const;
      for (const fn of functions) pictures.push((await renderBytes(fn, options)).data);
      return { side, pictures };
    },
    async dispose() {
      await runnable?.dispose();
    },
  };
}
