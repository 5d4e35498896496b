// The command line as text that can be typed again.
import { quoted } from "@imagefn/base";

/** A word as a shell reads it back, on one line and without control characters. zsh takes [ and ] for a pattern. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(word)) return word;
  const shown = quoted(word);
  // A JSON string but for its quotes: bash and zsh know the escapes of JSON.
  if (shown !== word) return `$'${shown.slice(1, -1).replaceAll("'", "\\'")}'`;
  return /["$`\\!]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : `"${word}"`;
}

/** `imagefn` and its arguments, quoted where a shell needs it. */
export const commandText = (args: readonly string[] = process.argv.slice(2)): string =>
  ["imagefn", ...args.map(shellWord)].join(" ");

/** The command that distils a diffusion run. */
export const distilText = (path: string): string =>
  commandText([
    "train",
    `${path}/config.yaml`,
    "--set",
    "train.objective=distill",
    "--set",
    `train.teacher=${path}`,
  ]);
