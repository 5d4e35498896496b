// Sampled image functions as files.
import { join } from "node:path";
import { type ImageFunction, saveImageFunction } from "@imagefn/inr";
import { writeAtomic } from "../writeAtomic.js";

/** The file of function `index`: PREFIX-0007.safetensors. */
export const functionName = (prefix: string, index: number) =>
  `${prefix}-${String(index).padStart(4, "0")}.safetensors`;

/** Writes each function into a folder, with `about` (and its number) among the file's metadata. */
export async function writeFunctions(
  folder: string,
  prefix: string,
  functions: readonly ImageFunction[],
  about: (index: number) => Record<string, string>,
): Promise<void> {
  for (const [index, fn] of functions.entries()) {
    const metadata = { ...about(index), index: String(index) };
    await writeAtomic(join(folder, functionName(prefix, index)), saveImageFunction({ ...fn, metadata }));
  }
}

/** What a sampled function's file says of its origin. */
export const sampleMetadata =
  (seed: number, classes: readonly string[], labels: readonly number[] | undefined) =>
  (index: number): Record<string, string> => ({
    seed: String(seed),
    ...(labels ? { class: classes[labels[index]] } : {}),
  });
