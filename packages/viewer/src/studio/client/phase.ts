// The steps of one phase in a page: fitted to its time, with progress, samples and checkpoints in between.
import type { Trainer } from "@imagefn/consistency";
import { type PageRun, type Phase, paceOf, secondsPerStep } from "@imagefn/runs/pages";
import type { Kept } from "../about.js";
import type { Asked, Post } from "./asked.js";
import type { Keeper } from "./keeper.js";

/** Seconds between lines of the log, and between messages of progress. */
const LOG_EVERY = 1;
const SHOW_EVERY = 0.2;
export interface Shared {
  readonly config: PageRun["config"];
  readonly asked: Asked;
  readonly post: Post;
  /** Seconds of training so far, over all sittings. */
  seconds(): number;
  readonly keeping: Keeper;
}

export interface PhaseOptions {
  readonly phase: Phase;
  /** The seconds of training at which it ends, as in a run that trains by time. */
  readonly share: number;
  /** The checkpoint of this phase to go on from. */
  readonly before?: Kept;
  /** Steps of the phase before it. */
  readonly pretrainSteps?: number;
  /** Draws samples. */
  draw?(): Promise<void>;
}

/** Runs the steps until the time is over or the page asks to stop. */
export async function runPhase(
  { config, asked, post, seconds, keeping }: Shared,
  trainer: Trainer,
  { phase, share, before, pretrainSteps = 0, draw }: PhaseOptions,
): Promise<{ steps: number; stopped: boolean }> {
  const pace = before?.position.pace;
  const endsAt = phase === "pretrain" ? share * (1 - (pace?.progress ?? 0)) + seconds() : share;
  const own = paceOf({
    seconds: endsAt,
    elapsed: seconds,
    ...(pace ?? { perStep: await secondsPerStep(trainer, await trainer.read()) }),
  });
  const due = { log: clock(LOG_EVERY), show: clock(SHOW_EVERY), save: clock(config.checkpoint.everySeconds) };
  const drawing = clock(config.sample.everySeconds);
  let [losses, times]: [number[], number[]] = [[], []];
  let recent: number[] = [];
  let k = before?.position.step ?? 0;
  while (own.left > 0) {
    const K = k + own.left;
    // The last step is at the end of the schedule, as step K - 1 of K is.
    const at = own.left > 1 ? own.progress * K : k;
    await trainer.prepare(k, K, at);
    const start = performance.now();
    const result = await trainer.step(k, K, at);
    const took = performance.now() - start;
    own.advance(took / 1000);
    k++;
    losses.push(result.loss);
    times.push(took);
    recent = [...recent, result.loss].slice(-50);
    const last = own.left === 0 || asked.stop;
    if (due.show() || last)
      post({ kind: "progress", phase, step: pretrainSteps + k, loss: mean(recent), seconds: seconds() });
    if (due.log() || last) {
      const total = k + own.left;
      keeping.log({
        phase,
        step: k,
        total,
        ...result,
        loss: mean(losses),
        msPerStep: Number(mean(times).toFixed(2)),
      });
      [losses, times] = [[], []];
    }
    if (draw && (drawing() || last)) await draw();
    if (due.save() || asked.save || last) {
      asked.save = false;
      const { progress, perStep } = own;
      await keeping.save(trainer, {
        phase,
        step: k,
        left: own.left,
        pretrainSteps,
        pace: { progress, perStep },
      });
    }
    if (asked.stop && own.left > 0) return { steps: k, stopped: true };
    await breath();
  }
  return { steps: k, stopped: asked.stop && phase === "pretrain" };
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** True every so many seconds. */
function clock(every: number): () => boolean {
  let last = performance.now();
  return () => {
    if (performance.now() - last < every * 1000) return false;
    last = performance.now();
    return true;
  };
}

/** Lets messages of the page arrive. A timer would wait for four milliseconds. */
function breath(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
