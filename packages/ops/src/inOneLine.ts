// Values from files as messages can show them: a file may hold anything.

// Control characters, lone surrogates, marks of direction and characters without width: those that @imagefn/base, which
// ops does not import, escapes in names.
const HIDDEN = /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;

/** A text with `\u001b` in place of each character that has no shape of its own. */
export const escaped = (text: string): string =>
  text.replace(HIDDEN, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A text cut after 60 characters. */
export const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** A value from a file as JSON, in one line, short enough for a message. */
export const inOneLine = (value: unknown): string =>
  escaped(
    typeof value === "string" ? JSON.stringify(short(value)) : short(JSON.stringify(value) ?? String(value)),
  );
