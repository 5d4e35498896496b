// Files by a pattern, for patterns in quotes and for shells that pass them on.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expandHome, quoted } from "@imagefn/base";
import { UserError } from "./errors.js";

/**
 * The files of paths and of patterns with * and ?, each pattern's in the order of their names.
 * @throws UserError for a pattern that no file fits, and for a path where nothing is
 */
export const filesOf = (flag: string, patterns: readonly string[]): string[] => [
  ...new Set(patterns.flatMap((pattern) => matches(flag, expandHome(pattern)))),
];

function matches(flag: string, pattern: string): string[] {
  if (existsSync(pattern)) return [pattern];
  const found = /[*?]/.test(pattern) ? expanded(pattern.split("/")) : [];
  if (found.length === 0)
    throw new UserError(
      `${flag}: no file fits ${quoted(pattern)}. Check the path; relative paths start at ${quoted(process.cwd())}.`,
    );
  return found;
}

/** What exists along the parts of a path. */
function expanded(parts: readonly string[]): string[] {
  const [root, rest] = parts[0] === "" ? ["/", parts.slice(1)] : ["", parts];
  let paths = [root];
  for (const part of rest)
    paths = paths.flatMap((folder) => {
      if (!/[*?]/.test(part)) return existsSync(join(folder, part)) ? [join(folder, part)] : [];
      const fits = new RegExp(
        `^${part
          .replace(/[.+^${}()|[\]\\]/g, "\\$&")
          .replaceAll("*", ".*")
          .replaceAll("?", ".")}$`,
        "s",
      );
      return namesIn(folder || ".")
        .filter((name) => fits.test(name) && (part.startsWith(".") || !name.startsWith(".")))
        .map((name) => join(folder, name));
    });
  return paths;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // A file, or a folder that cannot be listed: nothing in it fits.
    return [];
  }
}
