// Checks of the options of calls: each value can be used, or is refused by name.
import { ImagefnError } from "@imagefn/base";
import { engineNames } from "@imagefn/ops/names";
import { exportFormats, precisions } from "./export/formats.js";
import { show } from "./show.js";

/** A value that no run could use. */
export const unusable = (option: string, value: unknown, expected: string): ImagefnError =>
  new ImagefnError("invalid-option", `${option} is ${show(value)} (expected ${expected})`, { option, value });

/** Which values an option takes, and in words. */
interface Check {
  readonly fits: (value: unknown) => boolean;
  readonly expected: string;
}

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

const whole = (least: number, most: number): Check => ({
  fits: (value) => isWhole(value, least, most),
  expected: `a whole number from ${least} to ${most}`,
});

/** Longest side of a picture, in pixels. */
const LONGEST = 16_384;

const isSize = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((side) => isWhole(side, 1, LONGEST));

const size = `[width, height], whole numbers from 1 to ${LONGEST}`;

const path: Check = { fits: (value) => typeof value === "string" && value !== "", expected: "a path" };

const oneOf = (names: readonly unknown[]): Check => ({
  fits: (value) => names.includes(value),
  expected: `one of ${names.join(", ")}`,
});

const checks: Readonly<Record<string, Check>> = {
  count: whole(1, 10_000_000),
  first: whole(0, 2 ** 52),
  seed: whole(0, 2 ** 32 - 1),
  frames: whole(1, 100_000),
  fps: whole(1, 100),
  steps: whole(1, 100_000),
  batch: whole(1, 65_536),
  threads: whole(0, 1024),
  bits: whole(2, 8),
  engine: oneOf(engineNames),
  format: oneOf(exportFormats),
  precision: oneOf(precisions),
  out: path,
  folder: path,
  ema: {
    fits: (value) => value === "online" || typeof value === "number",
    expected: "online, or the decay rate of an average as a number",
  },
  class: {
    fits: (value) => typeof value === "string" || typeof value === "number",
    expected: "the name or the number of a class",
  },
  guidance: {
    fits: (value) => typeof value === "number" && value >= 0 && value <= 100,
    expected: "a number from 0 to 100",
  },
  size: { fits: isSize, expected: size },
  sizes: {
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isSize),
    expected: `a list of ${size}`,
  },
};

/**
 * Checks the options that several calls have. What is undefined is left out, and other names are not looked at.
 * @throws ImagefnError `invalid-option`
 */
export function checkOptions(options: object): void {
  for (const [option, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, option) ? checks[option] : undefined;
    if (check && value !== undefined && !check.fits(value)) throw unusable(option, value, check.expected);
  }
}
