// Parsers of option values. Each rejects what it cannot use; commander adds the name of the option.

import type { Shard } from "@imagefn/base";
import type { Size } from "@imagefn/runs";
import { InvalidArgumentError } from "commander";

/** A number above zero, such as minutes. */
export function positiveNumber(text: string): number {
  const value = decimal(text);
  if (!(value > 0)) throw new InvalidArgumentError("Expected a number above 0.");
  return value;
}

/** What the scale of guidance is, in the help of the commands that sample. */
export const GUIDANCE =
  "scale of classifier-free guidance: above 1 further towards the class, 0 without it (default: 1)";

/** A scale of guidance, from 0 to 100. */
export function guidanceScale(text: string): number {
  const value = decimal(text);
  if (!(value >= 0 && value <= 100)) throw new InvalidArgumentError("Expected a number from 0 to 100.");
  return value;
}

/** A folder. Empty is what a shell makes of a variable that is not set. */
export function folderName(text: string): string {
  if (text === "") throw new InvalidArgumentError("Expected a folder.");
  return text;
}

/** A whole number from 1. */
export function positiveInteger(text: string): number {
  const value = decimal(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("Expected a whole number from 1.");
  return value;
}

/** A parser of whole numbers from `least` to `most`. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = decimal(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    return value;
  };

/** A whole number from 0 to 1024: CPU threads, where 0 is all. */
export function threadCount(text: string): number {
  const value = decimal(text);
  if (!Number.isInteger(value) || value < 0 || value > 1024) {
    throw new InvalidArgumentError("Expected a whole number from 0 (all) to 1024.");
  }
  return value;
}

/** A whole number from 0 to 2^32 - 1. */
export const seed = wholeNumber(0, 2 ** 32 - 1);

/** `64x96` (width x height) or `64` for a square, each side from 1 to 16384 pixels. */
export function size(text: string): Size {
  const match = /^(\d{1,5})(?:x(\d{1,5}))?$/i.exec(text.trim());
  const width = Number(match?.[1]);
  const height = Number(match?.[2] ?? match?.[1]);
  const fits = (side: number) => side >= 1 && side <= 16_384;
  if (!fits(width) || !fits(height)) {
    throw new InvalidArgumentError(
      "Expected WIDTHxHEIGHT such as 96x160, or one number for a square, up to 16384.",
    );
  }
  return [width, height];
}

/** A comma list of sizes, added to those of earlier uses of the option. */
export function sizes(text: string, earlier: Size[] = []): Size[] {
  return [...earlier, ...text.split(",").map(size)];
}

/** `3/16`: number 3 of 16 shares. */
export function shard(text: string): Shard {
  const [, index, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(text.trim())?.map(Number) ?? [];
  if (index === undefined || index < 1 || index > of)
    throw new InvalidArgumentError("Expected NUMBER/SHARES, the number from 1 to the shares, such as 3/16.");
  return { index, of };
}

/** `online`, or the decay rate of a moving average, between 0 and 1. */
export function emaName(text: string): "online" | number {
  if (text === "online") return text;
  const value = decimal(text);
  if (!(value > 0 && value < 1))
    throw new InvalidArgumentError("Expected online, or a rate between 0 and 1 such as 0.999.");
  return value;
}

/** A parser of comma lists of known words; each word counts once. */
export const commaList =
  <T extends string>(allowed: readonly T[]) =>
  (text: string): T[] => {
    const words = text.split(",").map((word) => word.trim().toLowerCase());
    if (!words.every((word) => (allowed as readonly string[]).includes(word)))
      throw new InvalidArgumentError(`Expected a comma list of ${allowed.join(", ")}.`);
    return [...new Set(words)] as T[];
  };

/** `mean=0.5`, added to the fields of earlier uses of the option. Each field may be given once. */
export function fieldValue(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const [, field, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (field === undefined)
    throw new InvalidArgumentError("Expected FIELD=VALUE, such as mean=0.485,0.456,0.406.");
  if (Object.hasOwn(earlier, field)) throw new InvalidArgumentError(`${field} is given twice.`);
  return { ...earlier, [field]: value };
}

/** Collects the values of an option that may be repeated. */
export function repeated(text: string, earlier: string[] = []): string[] {
  return [...earlier, text];
}

/** A decimal number written in full; NaN for anything else, the empty string and hexadecimal included. */
function decimal(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
}
