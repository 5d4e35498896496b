// Sampled image functions as files.
import { join } from "node:path";
import { writeAtomic } from "@imagefn/base";
import { type ImageFunction, type Precision, saveImageFunction } from "@imagefn/inr";

/** A sample's number in the names of its files: 0007. */
export const fourDigits = (index: number) => String(index).padStart(4, "0");

/** The file of function `index`: PREFIX-0007.safetensors. */
const functionName = (prefix: string, index: number) => `${prefix}-${fourDigits(index)}.safetensors`;

/**
 * Writes functions into a folder; `about` and the number go into the files' metadata. Returns the paths.
 * @param options numbers, one for each function, from 0 by default; and how their own numbers are stored
 */
export async function writeFunctions(
  folder: string,
  prefix: string,
  functions: readonly ImageFunction[],
  about: (index: number) => Record<string, string>,
  { numbers = [...functions.keys()], precision }: { numbers?: readonly number[]; precision?: Precision } = {},
): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, fn] of functions.entries()) {
    const index = numbers[i];
    const metadata = { ...about(index), index: String(index) };
    const path = join(folder, functionName(prefix, index));
    await writeAtomic(path, saveImageFunction({ ...fn, metadata }, { precision }));
    paths.push(path);
  }
  return paths;
}

/** Metadata on the origin of a sampled function. */
export const sampleMetadata =
  (
    seed: number,
    classes: readonly string[],
    labels: readonly number[] | undefined,
    { guidance = 1 }: { guidance?: number } = {},
  ) =>
  (index: number): Record<string, string> => ({
    seed: String(seed),
    ...(labels ? { class: classes[labels[index]] } : {}),
    ...(guidance === 1 ? {} : { guidance: String(guidance) }),
  });
