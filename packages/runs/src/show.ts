// Any value as a short text for messages.
import { inspect } from "node:util";
import { escaped, quoted } from "@imagefn/base";

/** As JSON where JSON can write it, cut after 60 characters. */
export function show(value: unknown): string {
  const text = plain(value) ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
  return escaped(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** The same for values that a reader knows as words: text without quotation marks. */
export const shownValue = (value: unknown): string =>
  typeof value === "string" ? quoted(value.length > 60 ? `${value.slice(0, 57)}...` : value) : show(value);

/** NaN and functions are not JSON, and circular objects and big integers make JSON.stringify throw. */
function plain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
