// Any value as a short text for messages.
import { inspect } from "node:util";

/** As JSON where JSON can write it, cut after 60 characters. */
export function show(value: unknown): string {
  const text = plain(value) ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** NaN and functions are not JSON, and circular objects and big integers make JSON.stringify throw. */
function plain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
