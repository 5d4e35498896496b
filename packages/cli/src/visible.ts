// Text on its way to a terminal. Names are quoted where they enter a message; this keeps what is left from steering the terminal.

// Control characters but line breaks and tabs, marks of direction, and characters without width.
const HIDDEN = /[^\P{Cc}\n\t]|[\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;

/** The text with its control characters written as `\uXXXX`, which in JSON is the same text. */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
