// Argument checks shared by the loaders: every message has the value and what was expected.
import { quoted } from "@imagefn/base";

/** Returns `value` if it is an integer in [min, max]; throws otherwise. */
export function integerIn(where: string, name: string, value: unknown, min: number, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(
    `datasets: ${where} has a bad ${name} (got ${shown(value)}, expected an integer from ${min} to ${max})`,
  );
}

/** Returns `value` if it is a number in [min, max]; throws otherwise. */
export function numberIn(where: string, name: string, value: unknown, min: number, max: number): number {
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw new Error(
    `datasets: ${where} has a bad ${name} (got ${shown(value)}, expected a number from ${min} to ${max})`,
  );
}

/** Returns `value` if it is a seed, a whole number that a double represents exactly; throws otherwise. */
export function seedOf(where: string, value: unknown): number {
  return integerIn(where, "seed", value, 0, Number.MAX_SAFE_INTEGER);
}

/** A value as a message shows it: text in quotation marks. */
export function shown(value: unknown): string {
  if (typeof value !== "string") return String(value);
  const name = quoted(value);
  return name === value ? JSON.stringify(value) : name;
}
