// Where a run stands, as its checkpoints hold it, and the check of what is read back.
import * as z from "zod";

/** A phase that is made of steps. */
export type Phase = "pretrain" | "train";

const count = z.int().min(0);

const schema = z.object({
  phase: z.enum(["pretrain", "train"]),
  step: count,
  pretrainSteps: count.nullable(),
  trainSteps: count.nullable(),
  seconds: z.number().min(0),
  classes: z.array(z.string()),
  data: z.string().optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  pace: z
    .object({
      progress: z.number().min(0).max(1),
      perStep: z.number().min(0),
      minutes: z.number().nullable(),
    })
    .optional(),
});

/** The position of a run: together with the state, enough to resume exactly. */
export interface Position {
  readonly phase: Phase;
  /** Steps done in this phase. */
  readonly step: number;
  /** Steps of pre-training, and K: under a time budget those that fit at present. Null for a phase that is ahead. */
  readonly pretrainSteps: number | null;
  readonly trainSteps: number | null;
  /** Seconds of training so far, over all sessions. */
  readonly seconds: number;
  /** Class names, for a class-conditional run. */
  readonly classes: readonly string[];
  /** The digest of the training images. */
  readonly data?: string;
  /** The settings that training depends on, by dotted path. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Under a time budget: how far the phase is along its schedule, its speed, and the budget. */
  readonly pace?: { readonly progress: number; readonly perStep: number; readonly minutes: number | null };
}

/** Whether training has reached its last step. */
export const isLast = ({ phase, step, trainSteps }: Position): boolean =>
  phase === "train" && step === trainSteps;

/** The position in a text. @throws an Error that names the first field that is missing or wrong */
export function parsePosition(text: string | undefined): Position {
  const result = schema.safeParse(jsonOf("position", text));
  if (!result.success) {
    const { path, message } = result.error.issues[0];
    throw new Error(`${["position", ...path].join(".")} is missing or wrong (${message})`);
  }
  const { phase, step, pretrainSteps, trainSteps } = result.data;
  const steps = phase === "train" ? trainSteps : pretrainSteps;
  if (steps === null || step > steps)
    throw new Error(`position.step is ${step} of ${steps} steps of the phase ${phase}`);
  return result.data;
}

/** The value of an entry of a file's metadata, which is JSON. @throws an Error that names the entry */
export function jsonOf(name: string, text: string | undefined): unknown {
  if (text === undefined) throw new Error(`its metadata lacks ${name}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the ${name} in its metadata is not JSON`);
  }
}
