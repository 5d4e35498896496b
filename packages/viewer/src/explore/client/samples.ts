// Samples in the page: the same noise that sampling a run uses, mixed or not, and the worker that makes functions of it.
import { initialNoise, slerp } from "@imagefn/consistency";
import { type ImageFunction, type InrLayer, splitBatch } from "@imagefn/inr";
import type { HostArray } from "@imagefn/ops";
import type { About, Answered, Asked, Begin, Source } from "../about.js";

/** Which sample is shown. */
export interface Choice {
  readonly seed: number;
  /** Its number, from 0, among the samples that the run gives for this seed. */
  readonly sample: number;
  /** Undefined: classes in turn, as sampling a run takes them. */
  readonly label?: number;
  /** Another sample, and how far the noise is towards it: 0 to 1. */
  readonly other: number;
  readonly mix: number;
}

/** The input of the generator for a choice. */
export function noiseOf({ shape, classes }: About, { seed, sample, label, other, mix }: Choice): Asked {
  const one = (index: number) => initialNoise(seed, index, 1, shape);
  return {
    z: slerp(one(sample), one(other), mix),
    ...(classes.length > 0 ? { label: label ?? sample % classes.length } : {}),
  };
}

export interface Generated {
  readonly imageFunction: ImageFunction;
  readonly milliseconds: number;
}

/** Runs the generator for one choice after another; of the choices made while it runs, only the last is run. */
export function generator(
  { about, model }: Source,
  show: (made: Generated) => void,
  fail: (reason: string) => void,
) {
  const worker = new Worker(new URL("generator.js", location.href), { type: "module" });
  worker.postMessage({ model } satisfies Begin);
  let busy = false;
  let waiting: Choice | undefined;

  const ask = (choice: Choice) => {
    busy = true;
    worker.postMessage(noiseOf(about, choice));
  };
  const next = () => {
    busy = false;
    const choice = waiting;
    waiting = undefined;
    if (choice) ask(choice);
  };
  worker.addEventListener("message", ({ data }: MessageEvent<Answered>) => {
    next();
    if ("error" in data) fail(data.error);
    else show({ imageFunction: functionOf(about, data.outputs), milliseconds: data.milliseconds });
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    next();
    fail(`The generator could not start: ${event.message || "its script did not load"}`);
  });
  return (choice: Choice) => {
    if (busy) waiting = choice;
    else ask(choice);
  };
}

function functionOf(
  { architecture, scale }: About,
  outputs: Readonly<Record<string, HostArray>>,
): ImageFunction {
  const layers = Array.from(
    { length: architecture.depth },
    (_, l): InrLayer<HostArray> => ({ weight: outputs[`weight${l}`], bias: outputs[`bias${l}`] }),
  );
  return splitBatch(architecture, layers, { scale })[0];
}
