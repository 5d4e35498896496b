// Edits of pictures by a run: inpainting, colours, super-resolution, strokes, and what lies between two samples.
import { blocksOf, type ImageRows, imageRows, machineOf, makeFolder } from "@imagefn/base";
import { nothingKnown, slerp, stepNoise, withKnown } from "@imagefn/consistency";
import { planesToBytes, render } from "@imagefn/inr";
import type { Engine } from "@imagefn/ops";
import { engineFor } from "../sampling/network.js";
import { TILE, writeSheets } from "../sampling/pictures.js";
import { BATCH, isFunction, type Sample } from "../sampling/sampler.js";
import type { Trained } from "../sampling/trained.js";
import type { Size } from "../size.js";
import { editor } from "./editor.js";
import type { EditMode, EditOptions } from "./options.js";
import { type Plan, planOf } from "./plan.js";
import type { Task } from "./task.js";

/**
 * Edits a picture with a run, as `checkEdit` found options to ask for, and returns the paths of the pictures. Their names contain everything they depend on.
 * Sample i depends only on the pictures given, the seed, its class and i.
 * @throws ImagefnError `invalid-option` or `invalid-data` for what cannot be edited with this run
 */
export async function editRun(trained: Trained, mode: EditMode, options: EditOptions): Promise<string[]> {
  const plan = await planOf(trained, mode, options);
  const { config, samples } = trained.run;
  const { engine, why, threads } = await engineFor(config, options);
  const { onProgress, onMessage = () => {}, onPicture, signal } = options;
  onMessage(`${trained.origin}; engine ${engine.name} (${why})`);
  onMessage(`noise levels ${plan.levels.map((level) => Number(level.toPrecision(3))).join(", ")}`);
  options.onMachine?.(machineOf(engine.name, threads));
  makeFolder(options.out ?? samples);
  const advance = (phase: string, step: number, total: number, unit: string) => {
    signal?.throwIfAborted();
    onProgress?.({ phase, step, total, unit });
  };
  const made = await editsOf(engine, trained, plan, (n) => advance(plan.mode, n, plan.count, "samples"));
  const paths: string[] = [];
  for (const size of plan.sizes) {
    const [width, height] = size;
    let drawn = 0;
    const images = made.map((one) => drawnEdit(engine, one, size, plan.task));
    const watched = images.map(
      (rows): ImageRows =>
        async function* () {
          yield* rows();
          drawn++;
          advance(`${width}x${height}`, drawn, images.length, "pictures");
        },
    );
    const shown = options.showInput && plan.task ? inputs(plan.task, size) : [];
    await writeSheets(
      {
        images: [...shown, ...watched],
        ...{ width, height, separate: options.separate ?? false, numbers: made.map((_, i) => i) },
        columns: plan.interpolate || shown.length > 0 ? shown.length + made.length : undefined,
        prefix: `${plan.prefix}-${width}x${height}`,
      },
      (path) => {
        paths.push(path);
        onPicture?.(path);
      },
    );
  }
  return paths;
}

/** The edits, as image functions or as images of the training size. */
async function editsOf(
  engine: Engine,
  trained: Trained,
  { task, count, seed, levels, guidance, labels, interpolate }: Plan,
  onDone: (count: number) => void,
): Promise<Sample[]> {
  const { shape } = trained.generator;
  const [, height, width] = shape;
  const n = shape.reduce((a, b) => a * b, 1);
  const given = task?.at([width, height]) ?? { picture: new Float32Array(n), known: nothingKnown(shape) };
  const own = await editor(engine, trained, levels, guidance);
  try {
    const made: Sample[] = [];
    for (const block of blocksOf(count)) {
      const noise = (step: number) =>
        interpolate
          ? mixed(interpolate, { step, seed, shape, count, first: block.first })
          : stepNoise(step, { seed, shape, first: block.first, count: BATCH });
      const edits = await own.edits({
        ...given,
        noise,
        start: task?.fromItself ? given.picture : undefined,
        labels:
          labels && Float32Array.from({ length: BATCH }, (_, i) => labels[block.first + i] ?? labels[0]),
      });
      made.push(...edits.slice(0, block.count));
      onDone(made.length);
    }
    return made;
  } finally {
    await own.dispose();
  }
}

/** Noise of a block of pictures on the way from one sample to another, in every step. */
function mixed(
  [a, b]: readonly [number, number],
  {
    step,
    seed,
    shape,
    count,
    first,
  }: { step: number; seed: number; shape: readonly number[]; count: number; first: number },
): Float32Array {
  const of = (sample: number) => stepNoise(step, { seed, first: sample, count: 1, shape });
  const [from, to] = [of(a), of(b)];
  const out = new Float32Array(BATCH * from.length);
  for (let i = 0; i < BATCH; i++)
    out.set(slerp(from, to, Math.min((first + i) / (count - 1), 1)), i * from.length);
  return out;
}

/** An edit as rows: a function is drawn at the size, and what is known of the picture at that size is put back. */
const drawnEdit = (
  engine: Engine,
  sample: Sample,
  [width, height]: Size,
  task: Task | undefined,
): ImageRows =>
  async function* () {
    if (!isFunction(sample)) {
      yield planesToBytes(sample);
      return;
    }
    const { data } = await render(sample, { width, height, engine, tile: TILE });
    const image = data.map((v) => Math.min(Math.max(v, -1), 1));
    const given = task?.at([width, height]);
    yield planesToBytes(given ? withKnown(given.known, given.picture, image) : image);
  };

/** The picture, and what is known of it where that looks otherwise. */
function inputs(task: Task, size: Size): ImageRows[] {
  const [width, height] = size;
  const given = task.at(size);
  return [given.picture, ...(task.shown ? [task.shown(given)] : [])].map((planes) =>
    imageRows(planesToBytes(planes), { width, height }),
  );
}
