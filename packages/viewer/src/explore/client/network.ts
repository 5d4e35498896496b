// The generator of the page: one image after another goes to the worker, whose answers are image functions.
import { type ImageFunction, type InrLayer, splitBatch } from "@imagefn/inr";
import type { HostArray } from "@imagefn/ops";
import type { About, Answered, Asked, Begin, Source } from "../about.js";

/** An image function, and how long the network took to make it. */
export interface Generated {
  readonly imageFunction: ImageFunction;
  readonly milliseconds: number;
}

/**
 * Of a noisy image and its level, the image function that the generator makes, without any factor on its output.
 * @throws with a sentence for the page
 */
export type Network = (asked: Asked) => Promise<Generated>;

/** Starts the worker. It works on one image at a time, in the order in which they are asked for. */
export function network({ about, model }: Source): Network {
  const worker = new Worker(new URL("generator.js", location.href), { type: "module" });
  worker.postMessage({ model } satisfies Begin);
  let last: Promise<unknown> = Promise.resolve();
  const ask = (asked: Asked) =>
    new Promise<Generated>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Answered>) => {
        if ("error" in data) reject(new Error(data.error));
        else resolve({ imageFunction: functionOf(about, data.outputs), milliseconds: data.milliseconds });
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`The generator could not start: ${event.message || "its script did not load"}`));
      };
      worker.postMessage(asked);
    });
  return (asked) => {
    const answer = last.then(() => ask(asked));
    last = answer.catch(() => {});
    return answer;
  };
}

/** The generator's outputs as an image function. */
export function functionOf(
  { architecture }: About,
  outputs: Readonly<Record<string, HostArray>>,
): ImageFunction {
  const layers = Array.from(
    { length: architecture.depth },
    (_, l): InrLayer<HostArray> => ({ weight: outputs[`weight${l}`], bias: outputs[`bias${l}`] }),
  );
  return splitBatch(architecture, layers)[0];
}
