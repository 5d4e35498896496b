// Standard output: text for people, or with --json a single document for programs.
import { getSystemErrorMap } from "node:util";
import { reportError, UserError } from "./errors.js";
import { visible } from "./visible.js";

/** Prints a result as text; does nothing with --json, whose document a command returns. */
export type Print = (text: string) => void;

/** What a command prints its results with. */
export const printer = (json: boolean): Print =>
  json ? () => {} : (text) => void process.stdout.write(visible(text));

/** A document as JSON: numbers with all their digits, null for what is not a finite number. */
export const jsonText = (document: object): string => visible(`${JSON.stringify(document, null, 2)}\n`);

/**
 * Says once that standard output cannot be written, and makes the exit code 1. The work goes on: its files are worth
 * more than its words. A reader that closes early (`imagefn presets | head -1`) is not an error.
 */
export function watchStandardOutput(): void {
  let failed = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (failed) return;
    failed = true;
    if (error.code === "EPIPE") return;
    const [, reason] = getSystemErrorMap().get(error.errno ?? 0) ?? ["", error.message];
    process.exitCode = reportError(new UserError(`cannot write to standard output: ${reason}`));
  });
}
