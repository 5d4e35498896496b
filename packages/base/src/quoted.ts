// Names of files, folders and classes as a line of text can show them.

// Control characters move the cursor, clear the screen or start a new line; marks of direction and characters
// without width make one name look like another.
const HIDDEN = /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;

/** A text with `\u001b` in place of each character that has no shape of its own; line breaks are such characters too. */
export const escaped = (text: string): string =>
  text.replace(HIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/**
 * A name as it is, or as a JSON string where a reader would take it for something else: when it is empty, begins or
 * ends with white space, or holds control characters, lone surrogates, marks of direction or characters without
 * width. `JSON.parse` gives such a name back.
 */
export function quoted(name: string): string {
  // A program without types may pass anything, and a message about that is no place for another error.
  if (typeof name !== "string") return escaped(String(name));
  if (name !== "" && name === name.trim() && name.search(HIDDEN) < 0) return name;
  return escaped(JSON.stringify(name));
}
