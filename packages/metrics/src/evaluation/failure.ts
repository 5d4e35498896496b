// The error of one metric, which is the reason why that one has no value: the others go on.
import { escaped } from "@imagefn/base";
import type { Missing } from "./finding.js";
import { type ImageSource, throughStream } from "./source.js";

/** Errors that concern every metric: of reading images, of a callback, or the reason of an abort. */
const ofAll = new WeakSet<object>();

function mark(error: unknown): unknown {
  if (typeof error === "object" && error !== null) ofAll.add(error);
  return error;
}

/** The same stream; what goes wrong in reading it concerns every metric. */
export async function* sharedStream<T>(stream: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    throw mark(error);
  }
}

/** The same images; what goes wrong in reading them concerns every metric. */
export const sharedSource = (source: ImageSource): ImageSource => throughStream(source, sharedStream);

/** The same callback; what it throws concerns every metric. */
export const sharedCallback =
  <A extends readonly unknown[]>(callback: (...args: A) => void) =>
  (...args: A): void => {
    try {
      callback(...args);
    } catch (error) {
      throw mark(error);
    }
  };

/**
 * The finding of a metric that an error ended.
 * @throws the error itself, where it concerns every metric
 */
export function failed(metric: string, error: unknown): Missing {
  if (!(error instanceof Error) || ofAll.has(error) || error.name === "AbortError") throw error;
  const why = error.message.replace(/^metrics: /, "").split("\n")[0] || error.name;
  return { metric, code: "failed", reason: `could not be measured, because ${escaped(why)}` };
}
