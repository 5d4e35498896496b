// Training in a page's worker: pre-training, then consistency training, by time, as a run of the command does it.
import { consistencyTrainer, pretrainer, weightsIn } from "@imagefn/consistency";
import { imagesInMemory } from "@imagefn/datasets";
import { type Engine, type HostArray, leaves, random, readSafetensors, unflatten } from "@imagefn/ops";
import { type PageRun, type Phase, type Position, trainerOptions, trainingData } from "@imagefn/runs/pages";
import { funcRecord } from "@imagefn/transformer";
import type { Images, Processor } from "../about.js";
import type { Asked, Post } from "./asked.js";
import { kept } from "./keep.js";
import { keeper } from "./keeper.js";
import { runPhase } from "./phase.js";
import { chosenProcessor } from "./processor.js";
import { sheets } from "./sheets.js";

export interface Job {
  readonly run: PageRun;
  readonly images: Images;
  /** For a training that begins: one that goes on has its own. */
  readonly minutes: number;
  readonly processor: Processor;
}

/** Trains from the last checkpoint, or from the beginning; whether the training is finished then. */
export async function trainKept(
  { run, images, minutes: wanted, processor }: Job,
  asked: Asked,
  post: Post,
): Promise<boolean> {
  const { config } = run;
  const { size } = config.data;
  const before = await kept("training");
  const minutes = before?.minutes ?? wanted;
  const restored = before && readSafetensors(before.checkpoint).tensors;
  const generator = funcRecord.make(config.generator.func, { size: [size, size], classes: 0 });
  const data = dataOf(run, images);
  const initial = generator.init(random(config.seed).stream("init"));
  const phase = (name: Phase) => (before?.position.phase === name ? before : undefined);
  const again = phase("train");
  const pretrain = (engine: Engine) =>
    pretrainer(
      {
        ...config.pretrain,
        ...trainerOptions(config, { engine, generator }),
        data: data.batches(config.pretrain.batch, "pretrain"),
      },
      initial,
      restored,
    );
  const train = (engine: Engine, params: ReadonlyMap<string, HostArray>) =>
    consistencyTrainer(
      {
        ...config.train,
        ...trainerOptions(config, { engine, generator }),
        // Others need files.
        distance: config.train.distance as "l2",
        drift: null,
        data: data.batches(config.train.batch, "train"),
        ...(again ? { begin: beginOf(again.position) } : {}),
      },
      unflatten(initial, params),
      again && restored,
    );

  let params: ReadonlyMap<string, HostArray> = new Map(leaves<HostArray>(initial));
  const chosen = await chosenProcessor({
    processor,
    threads: config.engine.threads,
    first: again ? beginOf(again.position) : { k: 0, K: 1000, at: 0 },
    make: again ? (engine) => train(engine, params) : pretrain,
    post,
  });
  const { engine } = chosen;
  let { trainer } = chosen;
  const began = performance.now();
  const earlier = before?.position.seconds ?? 0;
  const seconds = () => earlier + (performance.now() - began) / 1000;
  const drawn = sheets(engine, generator, config);
  const keeping = keeper({ run, images, minutes, generator, seconds, engine: engine.name, before, post });
  const shared = { config, asked, post, seconds, keeping };

  let pretrainSteps = before?.position.pretrainSteps ?? 0;
  if (!again) {
    const share = minutes * 60 * config.budget.pretrainShare;
    const { steps, stopped } = await runPhase(shared, trainer, {
      phase: "pretrain",
      share,
      before: phase("pretrain"),
    });
    params = weightsIn(await trainer.read("params"), "params");
    await trainer.dispose();
    if (stopped) return false;
    pretrainSteps = steps;
    trainer = await train(engine, params);
  }

  const { stopped } = await runPhase(shared, trainer, {
    phase: "train",
    share: minutes * 60,
    before: again,
    pretrainSteps,
    async draw() {
      const sheet = await drawn.draw(trainer);
      keeping.samples = sheet;
      post({ kind: "samples", samples: sheet });
    },
  });
  await drawn.dispose();
  await trainer.dispose();
  return !stopped;
}

/** The step to begin with, whose program is compiled at once. */
function beginOf({ step: k, trainSteps, pace }: Position) {
  const K = trainSteps ?? 1000;
  return { k, K, ...(pace ? { at: pace.progress * K } : {}) };
}

function dataOf({ config }: PageRun, { title, count, digest, bytes }: Images) {
  const { size } = config.data;
  const set = { name: title, size, classes: [], warnings: [] };
  const train = { ...set, count, digest, images: imagesInMemory(bytes, size) };
  const test = { ...set, count: 0, images: imagesInMemory(new Uint8Array(0), size) };
  return trainingData(config, { train, test, classes: [], warnings: [] });
}
