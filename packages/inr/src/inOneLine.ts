// Values from files as messages can show them.

// Control characters, lone surrogates, marks of direction and characters without width.
const HIDDEN = /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;

/** A value as JSON, cut after 60 characters, with `\u001b` in place of each character that has no shape of its own. */
export function inOneLine(value: unknown): string {
  const text = JSON.stringify(typeof value === "string" ? cut(value) : value) ?? String(value);
  return cut(text, 80).replace(HIDDEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const cut = (text: string, length = 60): string =>
  text.length > length ? `${text.slice(0, length - 3)}...` : text;
