// Which engine is the fastest for a job, by doing a part of it on each: what a machine's parts promise does not tell.
import type { Engine } from "./engine.js";

/** An engine that may be the fastest. */
export interface Candidate {
  readonly name: string;
  /** Makes it. @throws if it does not work here */
  open(): Promise<Engine>;
}

/** A job on one engine. */
export interface Trial {
  /** Run k = 0, 1, .. and its loss, which must be the same on every engine. */
  run(k: number): Promise<number>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** What was measured of one engine. */
export interface EngineTime {
  readonly name: string;
  /** The median of a run, in seconds. */
  readonly seconds?: number;
  /** Until the third run was done: a GPU compiles its kernels meanwhile. */
  readonly startSeconds?: number;
  /** Why it is out of the question. */
  readonly problem?: string;
}

/** When to give an engine up. */
export interface Patience {
  /** Seconds until the third run must be done, 20 if left out. The first candidate has no limit. */
  readonly start?: number;
  /** Seconds of runs that are timed, 1 if left out; at most 10 runs. */
  readonly seconds?: number;
}

/** Runs that compile and warm up. Their losses are compared. */
const FIRST = 3;
const RUNS = 10;
/** Runs that take so many times the first candidate's end the trial. */
const SLOW = 3;
/** A loss is wrong if it is further than this share of itself from the first candidate's. */
const TOLERANCE = 1e-4;

/**
 * Times every candidate on a trial of its own, one after the other. The first is the one that the others must agree with and
 * be faster than: the CPU's. An engine that does not start, is slow or computes other losses is named with its problem.
 * @throws if the first candidate fails
 */
export async function compareEngines(
  [first, ...others]: readonly Candidate[],
  start: (engine: Engine) => Promise<Trial>,
  { start: limit = 20, seconds = 1 }: Patience = {},
): Promise<EngineTime[]> {
  const reference = await timed(first, start, { limit: Number.POSITIVE_INFINITY, seconds });
  const all: EngineTime[] = [reference.time];
  for (const candidate of others)
    all.push(
      await timed(candidate, start, { limit, seconds, reference }).then(
        ({ time }) => time,
        (error: Error) => ({ name: candidate.name, problem: error.message.split("\n")[0] }),
      ),
    );
  return all;
}

/** The fastest of those without a problem. */
export const fastest = (times: readonly EngineTime[]): EngineTime =>
  times.filter(({ problem }) => problem === undefined).reduce((a, b) => (b.seconds! < a.seconds! ? b : a));

interface Timed {
  readonly time: EngineTime & { readonly seconds: number };
  readonly losses: readonly number[];
}

async function timed(
  { name, open }: Candidate,
  start: (engine: Engine) => Promise<Trial>,
  { limit, seconds, reference }: { limit: number; seconds: number; reference?: Timed },
): Promise<Timed> {
  const began = performance.now();
  const since = () => (performance.now() - began) / 1000;
  let trial: Trial | undefined;
  let over = false;
  try {
    const losses = await within(limit, async () => {
      const engine = await open();
      const found: number[] = [];
      if (over) return found;
      const own = await start(engine);
      // Too late: nobody else would dispose of it.
      if (over) await own.dispose();
      trial = own;
      for (let k = 0; k < FIRST && !over; k++) found.push(await own.run(k));
      return found;
    });
    const startSeconds = since();
    const { run } = trial!;
    const times: number[] = [];
    let problem = reference ? wrong(losses, reference.losses) : undefined;
    const enough = () => times.length === RUNS || (times.length > 0 && since() - startSeconds > seconds);
    while (problem === undefined && !enough()) {
      const before = since();
      await run(FIRST + times.length);
      times.push(since() - before);
      // One slow run may be another program's fault.
      if (reference && times.length >= FIRST && median(times) > SLOW * reference.time.seconds)
        problem = `is more than ${SLOW} times slower`;
    }
    const measured = times.length > 0 ? { seconds: median(times) } : {};
    return {
      time: { name, startSeconds, ...measured, ...(problem ? { problem } : {}) } as Timed["time"],
      losses,
    };
  } finally {
    over = true;
    // A run that never ends may be in the way.
    const ended = trial?.dispose().catch(() => {});
    if (since() < limit) await ended;
  }
}

const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1];

function wrong(got: readonly number[], expected: readonly number[]): string | undefined {
  const k = got.findIndex((loss, i) => !(Math.abs(loss - expected[i]) <= TOLERANCE * Math.abs(expected[i])));
  return k < 0
    ? undefined
    : `computes other numbers than the CPU (a loss of ${got[k].toPrecision(6)}, expected ${expected[k].toPrecision(6)})`;
}

async function within<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  if (!Number.isFinite(seconds)) return work();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`has not started after ${seconds} seconds`)), 1000 * seconds);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
