// What every evaluation begins with: the reference, the engine, and a sentence on what is measured against what.
import { machineOf } from "@imagefn/base";
import { chosenEngine } from "./chosenEngine.js";
import type { EvaluateOptions } from "./options.js";
import { aboutReference, openReference, referenceName } from "./reference.js";
import { abortable, type ImageSource } from "./source.js";

/** The samples as the sentence and the report name them. */
interface Side extends Pick<ImageSource, "name" | "about"> {
  readonly count: number;
  readonly seed: number;
}

/** Opens the reference and the engine. `begun` is what computations share, `about` what a report says of all. */
export async function beginEvaluation(
  { name, count, about, seed }: Side,
  options: Omit<EvaluateOptions, "samples">,
) {
  const { threads = 0, signal, onMessage, onProgress } = options;
  const most = options.referenceCount ?? Number.POSITIVE_INFINITY;
  const given = options.reference === undefined ? undefined : await openReference(options.reference, most);
  const reference = given && {
    ...given,
    images: given.images && abortable(given.images, signal),
    count: Number.isFinite(given.count) ? given.count : count,
  };
  const { engine, why } = await chosenEngine(options.engine, threads);
  onMessage?.(
    `${count} ${name}` +
      (reference ? ` against ${referenceName(reference)}` : "") +
      `; engine ${engine.name}${why ? ` (${why})` : ""}`,
  );
  return {
    begun: {
      engine,
      count,
      seed,
      reference,
      onProgress: (phase: string, step: number, total: number) =>
        onProgress?.({ phase, step, total, unit: "images" }),
    },
    about: {
      samples: { ...about, n: count },
      ...(reference ? { reference: aboutReference(reference) } : {}),
      seed,
      ...machineOf(engine.name, threads),
    },
  };
}
