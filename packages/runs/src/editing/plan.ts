// What an edit makes: options with defaults, checked against the run and the pictures before a network runs.
import { join } from "node:path";
import { invalidOption } from "../invalidOption.js";
import { checkGuidance, guidancePart } from "../sampling/guidance.js";
import { drawsFunctions } from "../sampling/network.js";
import { refuseDiffusion } from "../sampling/steps.js";
import { classNumber, classPart, emaPart, labelsOf, type Trained } from "../sampling/trained.js";
import type { Size } from "../size.js";
import { editLevels, strokesLevels } from "./levels.js";
import type { EditMode, EditOptions } from "./options.js";
import { openTask, type Task } from "./task.js";

/** Longest side of an edit in pixels: whole pictures are in memory, where what is known is put back. */
const LONGEST = 4096;

/** An edit with defaults filled in. */
export interface Plan {
  readonly mode: EditMode;
  readonly task?: Task;
  readonly count: number;
  readonly seed: number;
  readonly levels: readonly number[];
  /** Scale of classifier-free guidance. */
  readonly guidance?: number;
  readonly sizes: readonly Size[];
  readonly labels?: readonly number[];
  /** Numbers of the samples between which the pictures lie. */
  readonly interpolate?: readonly [number, number];
  /** Path of the pictures, without size and ending. */
  readonly prefix: string;
}

/** All that can be refused is refused here, before a network runs. */
export async function planOf(trained: Trained, mode: EditMode, options: EditOptions): Promise<Plan> {
  const { run, classes } = trained;
  const { config } = run;
  refuseDiffusion(run, "an edit");
  const { size: side } = config.data;
  const { interpolate, seed = config.seed, noise } = options;
  const { count = mode === "interpolate" ? 8 : 4, steps } = options;
  const levels = mode === "strokes" ? strokesLevels(config, steps, noise) : editLevels(config, mode, steps);
  const sizes = options.sizes ?? [[side, side] as Size];
  checkSizes(trained, sizes);
  checkGuidance(trained, options);
  const task = mode === "interpolate" ? undefined : await openTask(mode, options, side);
  for (const size of sizes) task?.at(size);
  const one = options.class === undefined ? undefined : classNumber(options.class, classes, run.path);
  // Between two samples there is one class, that of the first.
  const common = interpolate && classes.length > 0 ? (one ?? interpolate[0] % classes.length) : one;
  const parts = [
    mode,
    task ? task.name : interpolate!.join("-"),
    `step${trained.step}`,
    `seed${seed}`,
    `count${count}`,
    ...classPart(one, classes),
    ...emaPart(options.ema),
    ...guidancePart(options),
    `levels${levels.length}`,
    ...(noise === undefined ? [] : [`noise${noise}`]),
    ...(options.showInput ? ["with-input"] : []),
  ];
  return {
    ...{ mode, task, count, seed, levels, sizes },
    guidance: options.guidance,
    labels: labelsOf(classes, count, common),
    interpolate,
    prefix: join(options.out ?? run.samples, parts.join("-")),
  };
}

function checkSizes({ run, generator }: Trained, sizes: readonly Size[]): void {
  const { data, generator: kinds } = run.config;
  for (const [width, height] of sizes) {
    const text = `${width}x${height}`;
    if (!drawsFunctions(generator) && (width !== data.size || height !== data.size))
      throw invalidOption(
        "size",
        text,
        `a run of generator.kind ${kinds.kind} gives images of the training size only, ${data.size}x${data.size}.`,
      );
    if (Math.max(width, height) > LONGEST)
      throw invalidOption("size", text, `edits have at most ${LONGEST} pixels a side.`);
  }
}
