// The diffusion model that a run distils: another run's, read once, before the first step.
import { ImagefnError, quoted } from "@imagefn/base";
import { weightsIn } from "@imagefn/consistency";
import type { HostArray } from "@imagefn/ops";
import type { Config } from "../config/schema.js";
import { architecture, differences } from "../folder/architecture.js";
import { lastPosition, readCheckpoint } from "../folder/checkpoint.js";
import { latestCheckpoint } from "../folder/checkpoints.js";
import { isLast } from "../folder/position.js";
import { openRunFolder, type RunFolder } from "../folder/runFolder.js";
import { weightsOf } from "../sampling/weights.js";

/** What a distilled run starts from. */
export interface Teacher {
  /** By the generator's own paths. */
  readonly weights: ReadonlyMap<string, HostArray>;
  readonly classes: readonly string[];
  /** One line on where the weights come from. */
  readonly origin: string;
}

const unfit = (why: string): ImagefnError =>
  new ImagefnError("invalid-config", `train.teacher ${why}`, { field: "train.teacher" });

/**
 * The part of a run's state that denoises, where it has one: the average of a diffusion model, the denoiser that a consistency model
 * was distilled from, or a model that never did anything but denoise.
 */
function denoiserOf({ train }: Config): "average" | "teacher" | undefined {
  if (train.objective === "diffusion") return "average";
  // With the skip term those have scalings of a consistency model.
  if (train.parameterisation === "skip" || train.objective !== "consistency") return undefined;
  if (train.trajectory === "teacher") return "teacher";
  return train.denoise === 1 ? "average" : undefined;
}

/**
 * Refuses a teacher that cannot be distilled, from its configuration alone; undefined for a run that has none.
 * @throws ImagefnError `not-a-run`, `no-checkpoint`, or `invalid-config` that says what does not fit
 */
export function checkTeacher(config: Config): RunFolder | undefined {
  const { objective, teacher, parameterisation } = config.train;
  if (objective !== "distill") return undefined;
  const run = openRunFolder(teacher!);
  const name = quoted(teacher!);
  const { train } = run.config;
  if (train.parameterisation !== parameterisation)
    throw unfit(
      `${name} was trained with train.parameterisation ${train.parameterisation}, and this run has ${parameterisation}: expected the same.`,
    );
  if (!denoiserOf(run.config))
    throw unfit(
      `${name} has train.objective ${train.objective}, a model that makes images in one step: expected a run of train.objective diffusion.`,
    );
  const differing = differences(architecture(run.config, 0), architecture(config, 0));
  if (differing) throw unfit(`${name} has another network (${differing}): expected the same.`);
  latestCheckpoint(run);
  if (lastPosition(run)?.phase === "pretrain")
    throw unfit(`${name} has only been pre-trained so far: expected a diffusion model that was trained.`);
  return run;
}

/** The teacher with its weights. @throws as `checkTeacher` and `readCheckpoint` do */
export async function readTeacher(config: Config): Promise<Teacher | undefined> {
  const run = checkTeacher(config);
  if (!run) return undefined;
  const { position, state } = await readCheckpoint(run);
  const own = denoiserOf(run.config) === "teacher" ? weightsIn(state, "teacher") : undefined;
  const { pretrainSteps, step, trainSteps, classes } = position;
  return {
    weights: own ?? weightsOf(state, run.config, run.config.sample.ema),
    classes,
    origin:
      `distils ${quoted(run.path)} at step ${(pretrainSteps ?? 0) + step}` +
      (isLast(position) ? "" : `, before its end at ${(pretrainSteps ?? 0) + (trainSteps ?? 0)}`),
  };
}

/** Refuses images of other classes than the teacher's. @throws ImagefnError `invalid-config` */
export function checkTeacherClasses(
  { train }: Config,
  teacher: Teacher | undefined,
  classes: readonly string[],
): void {
  if (!teacher || JSON.stringify(teacher.classes) === JSON.stringify(classes)) return;
  const shown = (names: readonly string[]) =>
    names.length > 0 ? names.map(quoted).join(", ") : "no classes";
  throw unfit(
    `${quoted(train.teacher!)} was trained with ${shown(teacher.classes)}, and these images have ${shown(classes)}: expected the same.`,
  );
}
