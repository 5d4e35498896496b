// A compiled generator that edits by algorithm 4 of Song et al. 2023. Image functions are edited without any skip term.
import {
  asParams,
  beforeLastEdit,
  type ConsistencyModel,
  consistencyModel,
  denoiser,
  edit,
  guided,
  imageScale,
  type Parameterisation,
  sigmaData,
} from "@imagefn/consistency";
import { type Engine, type Program, type Runnable, random } from "@imagefn/ops";
import type { CmFunc } from "@imagefn/transformer";
import { lastStepProgram, toFunctions } from "../sampling/functionPrograms.js";
import { guidedFunctions } from "../sampling/guidance.js";
import { drawsFunctions } from "../sampling/network.js";
import { BATCH, type Sample } from "../sampling/sampler.js";
import type { Trained } from "../sampling/trained.js";
import type { Given } from "./task.js";

/** Edits that are made together: `BATCH` of them. */
export interface EditBatch extends Given {
  /** What the noise is added to; what is known of the picture if left out. */
  readonly start?: Float32Array;
  /** N(0, 1) numbers [BATCH, 3, h, w] of each step. */
  readonly noise: (step: number) => Float32Array;
  /** Class numbers [BATCH] for a conditional generator. */
  readonly labels?: Float32Array;
}

/** Makes edits, as image functions without what is known of the picture, or as images [3, size, size] with it. */
export interface Editor {
  edits(batch: EditBatch): Promise<Sample[]>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** Compiles an editor for noise levels t_1 > .. > t_N. @param guidance scale of classifier-free guidance */
export async function editor(
  engine: Engine,
  { generator, weights, run }: Trained,
  levels: readonly number[],
  guidance = 1,
): Promise<Editor> {
  const { parameterisation } = run.config.train;
  const params = asParams(weights);
  const parts: Runnable[] = [];
  const compile = async (program: Program) => {
    const runnable = await engine.compile(program, params);
    parts.push(runnable);
    return runnable;
  };
  const initial = generator.init(random(0));
  const denoising = async (of: Parameterisation) =>
    guided(await compile(denoiser(generator, BATCH, initial, of)), generator, BATCH, guidance);
  const inputsOf = (labels?: Float32Array): Record<string, Float32Array> => (labels ? { labels } : {});

  async function ofImages(): Promise<Editor["edits"]> {
    const denoise = await denoising(parameterisation);
    return async ({ known, picture, labels, ...options }) => {
      const f = consistencyModel(denoise, generator, BATCH, inputsOf(labels));
      const images = await edit(f, known, picture, { levels, ...options });
      const n = picture.length;
      return Array.from({ length: BATCH }, (_, i) => images.slice(i * n, (i + 1) * n));
    };
  }

  async function ofFunctions(own: CmFunc): Promise<Editor["edits"]> {
    const denoise = levels.length > 1 ? await denoising("function") : undefined;
    const generate = await compile(lastStepProgram(own, BATCH));
    return async ({ known, picture, labels, ...options }) => {
      const f: ConsistencyModel = async (x, sigma) => {
        const image = await consistencyModel(denoise!, own, BATCH, inputsOf(labels))(x, sigma);
        const scale = imageScale(parameterisation, sigma) / sigmaData;
        return image.map((v) => v * scale);
      };
      const { x, sigma } = await beforeLastEdit(f, known, picture, { levels, ...options });
      const functions = guidedFunctions(
        async (inputs) => toFunctions(own, await generate.run(inputs), imageScale(parameterisation, sigma)),
        own,
        guidance,
      );
      return functions({ x, sigma: new Float32Array(BATCH).fill(sigma), ...inputsOf(labels) });
    };
  }

  return {
    edits: drawsFunctions(generator) ? await ofFunctions(generator) : await ofImages(),
    async dispose() {
      for (const part of parts) await part.dispose();
    },
  };
}
