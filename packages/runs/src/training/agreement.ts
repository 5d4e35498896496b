// What the ranks of a run decide alike: when to stop, when to write a checkpoint, and what time it is.
import type { StepResult } from "@imagefn/consistency";
import { agreed, leads, type Ranks } from "./ranks.js";

/** What follows a step, on all ranks. */
export interface Decision {
  /** Whether training stops here: asked once the step has been told of, for its listeners may stop it. */
  stopping(): boolean;
  /** Whether a checkpoint is due. */
  readonly checkpoint: boolean;
  /** Whether all ranks have the same state. */
  readonly shared: boolean;
}

/** Decisions and a clock. One process alone decides for itself at once. */
export interface Agreement {
  /** For the trainers: what this rank asks of the others with the next exchange. */
  readonly notes: () => readonly number[];
  /** What a step's notes, summed over the ranks, decide. */
  after(result: Pick<StepResult, "notes">): Decision;
  /** Begins a phase: the time until its first checkpoint counts from now. */
  begin(): void;
  /** Seconds of training, over all sessions. */
  seconds(): number;
  /** Takes over the clock of rank 0, and gives a time that it measured. */
  sync(took: number): Promise<number>;
  /** Goes on by a step between two exchanges, which took so many seconds; or to now, where no schedule depends on it. */
  pass(took?: number): void;
}

interface Given {
  readonly ranks: Ranks;
  /** Seconds of earlier sessions. */
  readonly before: number;
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
  stopping(): boolean;
}

export function agreement({ ranks, before, checkpointEvery, stopping }: Given): Agreement {
  const began = performance.now();
  const own = () => before + (performance.now() - began) / 1000;
  let saved = began;
  const due = () => performance.now() - saved >= checkpointEvery * 1000;
  const begin = () => {
    saved = performance.now();
  };
  if (ranks.size === 1)
    return {
      notes: () => [],
      after() {
        const checkpoint = due();
        if (checkpoint) begin();
        return { stopping, checkpoint, shared: true };
      },
      begin,
      seconds: own,
      sync: async (took) => took,
      pass() {},
    };
  const { patience } = ranks;
  let now = before;
  return {
    notes: () => [Number(stopping()), Number(leads(ranks) && due())],
    after({ notes }) {
      if (!notes) return { stopping: () => false, checkpoint: false, shared: false };
      const [stop, checkpoint] = notes.map((sum) => sum > 0);
      if (checkpoint) begin();
      // A rank in a hurry need not hurry any more: all of them stop.
      if (stop) ranks.patience = patience;
      return { stopping: () => stop, checkpoint, shared: true };
    },
    begin,
    seconds: () => now,
    async sync(took) {
      const [seconds, measured] = await agreed(ranks, own(), took);
      now = seconds;
      return measured;
    },
    pass(took) {
      now = took === undefined ? own() : now + took;
    },
  };
}
