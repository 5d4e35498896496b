// Carries out steps on one state in an engine: as one program, in parts of a batch, or on several processes.
import type { Engine, HostArray, Program, Runnable } from "@imagefn/ops";
import { type Share, type Sharing, sharesOf } from "./ranks.js";
import { type AnyStep, splitStep, wholeStep } from "./stepParts.js";

type Inputs = Readonly<Record<string, Float32Array | number>>;
type State = ReadonlyMap<string, HostArray>;

/** What a step is given. */
export interface StepInputs {
  /** What the loss reads of a share of the batch. */
  draw(share: Share): Promise<Inputs>;
  /** What the update reads. */
  readonly rates: Inputs;
  /** Whether the processes exchange what they have, where they do not do so at every step. */
  readonly exchange: boolean;
  /** Numbers of this process that are added to an exchange. */
  readonly notes: readonly number[];
}

/** What a step gives. */
export interface StepOutputs {
  /** Of the whole batch; without an exchange, of this process's share. */
  readonly loss: number;
  readonly gradientNorm?: number;
  /** The sums of the notes, where there was an exchange. */
  readonly notes?: readonly number[];
}

/** One state, and what moves it on. */
export interface Stepper {
  /** Compiles a step, where the last one was another. */
  prepare(step: AnyStep): Promise<void>;
  run(step: AnyStep, inputs: StepInputs): Promise<StepOutputs>;
  readonly paths: readonly string[];
  read(prefix?: string): Promise<Map<string, HostArray>>;
  write(state: State): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * Steps on a state, initial or restored. Other steps of the same state may follow the first.
 * @throws if the restored state holds other arrays than the step, or the batch cannot be shared out
 */
export async function stepper(
  engine: Engine,
  first: AnyStep,
  { initial, restored, sharing }: { initial: unknown; restored?: State; sharing: Sharing },
): Promise<Stepper> {
  const { ranks, accumulate, averageEvery } = sharing;
  const many = ranks !== undefined && ranks.size > 1;
  const split = accumulate > 1 || (many && averageEvery === 1);
  return (split ? inTwo : inOne)(engine, first, restored ?? initial, sharing);
}

/** Each step is one program. Several processes exchange their states now and then. */
async function inOne(engine: Engine, first: AnyStep, state: unknown, sharing: Sharing): Promise<Stepper> {
  const programs = new Map<AnyStep, Program>();
  const programOf = (step: AnyStep): Program => {
    const known = programs.get(step) ?? wholeStep(step);
    programs.set(step, known);
    return known;
  };
  const [share] = sharesOf(sharing);
  let current = programOf(first);
  let runnable = await engine.compile(current, state);
  const prepare = async (step: AnyStep) => {
    const wanted = programOf(step);
    if (wanted === current) return;
    runnable = await engine.compile(wanted, runnable);
    current = wanted;
  };
  return {
    ...stateOf(() => runnable, current),
    prepare,
    async run(step, { draw, rates, exchange, notes }) {
      await prepare(step);
      const found = await runnable.run({ ...(await draw(share)), ...rates });
      const [loss, gradientNorm] = [found.loss.data[0], found.gradientNorm?.data[0]];
      if (!exchange) return { loss, gradientNorm };
      return { ...(await averaged(runnable, sharing, loss, notes)), gradientNorm };
    },
  };
}

/** Gradients of one share of the batch after another, summed over the processes, and then the rest of the step. */
async function inTwo(engine: Engine, first: AnyStep, state: unknown, sharing: Sharing): Promise<Stepper> {
  const { ranks, accumulate, averageEvery } = sharing;
  const shares = sharesOf(sharing);
  const together = ranks !== undefined && averageEvery === 1;
  const summed = accumulate * (together ? ranks.size : 1);
  let current = first;
  let { gradients, update, lengths } = splitStep(first, summed);
  const owner = await engine.compile(update, state);
  let reader = await owner.reader(gradients);
  const prepare = async (step: AnyStep) => {
    if (step === current) return;
    // The update is the same for all steps on a state.
    await reader.dispose();
    ({ gradients, update, lengths } = splitStep(step, summed));
    reader = await owner.reader(gradients);
    current = step;
  };
  const count = [...lengths.values()].reduce((a, b) => a + b, 0);
  /** All gradients, the loss, and notes. */
  let flat = new Float32Array(count + 1);
  const more = shares.length > 1 ? new Float32Array(count + 1) : undefined;
  const place = (values: Float32Array) => {
    let at = 0;
    const parts: Record<string, Float32Array> = {};
    for (const [name, length] of lengths) {
      parts[name] = values.subarray(at, at + length);
      at += length;
    }
    return parts;
  };
  return {
    ...stateOf(() => owner, update),
    async dispose() {
      await reader.dispose();
      await owner.dispose();
    },
    prepare,
    async run(step, { draw, rates, exchange, notes }) {
      await prepare(step);
      if (flat.length !== count + 1 + notes.length) flat = new Float32Array(count + 1 + notes.length);
      for (const [i, share] of shares.entries()) {
        const into = i === 0 || !more ? flat : more;
        const loss = into.subarray(count, count + 1);
        await reader.run(await draw(share), { ...place(into), loss });
        if (i > 0) add(flat, into);
      }
      flat.set(notes, count + 1);
      if (together) await ranks.sum(flat);
      const found = await owner.run({ ...place(flat), ...rates });
      const loss = flat[count];
      const gradientNorm = found.gradientNorm?.data[0];
      if (together) return { loss, gradientNorm, notes: [...flat.subarray(count + 1)] };
      if (!exchange) return { loss, gradientNorm };
      return { ...(await averaged(owner, sharing, loss, notes)), gradientNorm };
    },
  };
}

// Functions of their own, since loops over captured variables take several times as long.

function add(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) sum[i] += values[i];
}

function divide(values: Float32Array, count: number, divisor: number): void {
  for (let i = 0; i < count; i++) values[i] /= divisor;
}

const stateOf = (
  runnable: () => Runnable,
  { state }: Program,
): Pick<Stepper, "paths" | "read" | "write" | "dispose"> => ({
  paths: [...state.keys()],
  read: (prefix) => runnable().read(prefix),
  write: (values) => runnable().write(values),
  dispose: () => runnable().dispose(),
});

/** Replaces a state, and a loss, by their averages over the processes. */
async function averaged(
  runnable: Runnable,
  { ranks }: Sharing,
  loss: number,
  notes: readonly number[],
): Promise<StepOutputs> {
  const state = [...(await runnable.read())];
  const count = state.reduce((n, [, { data }]) => n + data.length, 0);
  const flat = new Float32Array(count + 1 + notes.length);
  let at = 0;
  const parts = state.map(([path, { shape, data }]): [string, HostArray] => {
    const part = flat.subarray(at, at + data.length);
    part.set(data);
    at += data.length;
    return [path, { shape, data: part }];
  });
  flat.set([loss, ...notes], count);
  await ranks!.sum(flat);
  divide(flat, count + 1, ranks!.size);
  await runnable.write(new Map(parts));
  return { loss: flat[count], notes: [...flat.subarray(count + 1)] };
}
