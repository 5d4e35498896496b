// Checkpoints of a page: the run's own file, its log and what the explorer shows, in the browser's store.
import { type Trainer, weightsIn } from "@imagefn/consistency";
import type { HostArray } from "@imagefn/ops";
import {
  checkpointBytes,
  functionsOnnx,
  type LogEntry,
  type PageRun,
  type Phase,
  type Position,
  pageLevels,
  stepOf,
} from "@imagefn/runs/pages";
import type { CmFunc } from "@imagefn/transformer";
import type { Images, Kept, Sheet } from "../about.js";
import type { Post } from "./asked.js";
import { crc32 } from "./crc32.js";
import { keep } from "./keep.js";
import { sampledPart } from "./sampledPart.js";

/** Where a phase stands after a step. */
export interface Stand {
  readonly phase: Phase;
  readonly step: number;
  /** Steps that still fit. */
  readonly left: number;
  readonly pretrainSteps: number;
  readonly pace: { readonly progress: number; readonly perStep: number };
}

export interface Keeper {
  /** The last samples. */
  samples?: Sheet;
  /** Adds a line to the log. */
  log(entry: LogEntry): void;
  /** Keeps a checkpoint. Without space for it, the one before stays and the page is told. */
  save(trainer: Trainer, stand: Stand): Promise<void>;
}

export interface KeeperOptions {
  readonly run: PageRun;
  readonly images: Images;
  readonly minutes: number;
  readonly generator: CmFunc;
  readonly engine: string;
  readonly before?: Kept;
  readonly post: Post;
  seconds(): number;
}

export function keeper({
  run,
  images,
  minutes,
  generator,
  engine,
  before,
  post,
  seconds,
}: KeeperOptions): Keeper {
  const log = [...(before?.log ?? [])];
  let named: { engine?: string } = { engine };
  const own: Keeper = {
    samples: before?.samples,
    log(entry) {
      log.push({ ...entry, seconds: Number(seconds().toFixed(2)), ...named });
      named = {};
    },
    async save(trainer, { phase, step, left, pretrainSteps, pace }) {
      const state = await trainer.read();
      refuseBroken(state, phase, step);
      const training = phase === "train";
      const position: Position = {
        phase,
        step,
        pretrainSteps: training ? pretrainSteps : step + left,
        trainSteps: training ? step + left : null,
        seconds: seconds(),
        classes: [],
        ...(images.digest === undefined ? {} : { data: images.digest }),
        settings: run.settings,
        pace: { ...pace, minutes },
      };
      const checkpoint = checkpointBytes(run, position, state, crc32);
      const explorer = training ? explorerOf(run, generator, state, position) : undefined;
      try {
        await keep("training", { minutes, position, checkpoint, log, samples: own.samples, explorer });
        post({ kind: "kept", explorable: training });
      } catch (error) {
        post({
          kind: "warning",
          text: `This checkpoint could not be kept (${(error as Error).message}); the one before it is. Free some space on the disk.`,
        });
      }
    },
  };
  return own;
}

/** Keeps the checkpoint before: training could not go on from this one. */
function refuseBroken(state: ReadonlyMap<string, HostArray>, phase: Phase, step: number): void {
  const broken = [...state].find(([, { data }]) => data.some((x) => !Number.isFinite(x)));
  if (broken)
    throw new Error(
      `After step ${step} of phase ${phase} the weights became NaN or infinite (${broken[0]}).`,
    );
}

/** The generator as the explorer takes it. */
function explorerOf(
  { config, version }: PageRun,
  generator: CmFunc,
  state: ReadonlyMap<string, HostArray>,
  position: Position,
): Kept["explorer"] {
  const weights = weightsIn(state, sampledPart(config));
  const step = stepOf(position);
  return {
    about: {
      name: config.name,
      step,
      parameters: [...weights.values()].reduce((n, { data }) => n + data.length, 0),
      size: config.data.size,
      shape: generator.shape,
      seed: config.seed,
      classes: [],
      architecture: generator.config.inr,
      parameterisation: config.train.parameterisation,
      levels: pageLevels(config),
    },
    model: functionsOnnx(generator, weights, { version, step: String(step), ema: String(config.sample.ema) }),
  };
}
