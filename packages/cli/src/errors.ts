// Errors as the user sees them: one paragraph with advice about flags, and an exit code.
import { type ErrorCode, fileErrorCode, ImagefnError, quoted } from "@imagefn/base";
import { hint } from "./hints.js";
import { visible } from "./visible.js";

/** The flag of an option: "batchPerRank" is --batch-per-rank. */
export const flagOf = (option: string): string =>
  `--${option.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/** A problem found by the command itself that the user can fix. */
export class UserError extends Error {
  override readonly name: string = "UserError";
  readonly exitCode: number = 1;
}

/** A `UserError` in the command line itself (unknown flag, malformed value). */
export class UsageError extends UserError {
  override readonly name = "UsageError";
  override readonly exitCode = 2;
}

/** Codes of errors that a different command line avoids. */
const USAGE: readonly ErrorCode[] = ["invalid-option", "diffusion-run", "no-functions"];

/** What the top level prints and the process's exit code. */
export interface Explanation {
  message: string;
  exitCode: number;
}

/** Turns anything thrown into one paragraph. File-system errors are recognised by their code. */
export function explain(error: unknown): Explanation {
  if (error instanceof UserError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof ImagefnError)
    return { message: withFlags(error), exitCode: USAGE.includes(error.code) ? 2 : 1 };
  const fileError = explainFileError(error as NodeJS.ErrnoException);
  if (fileError !== undefined) return { message: fileError, exitCode: 1 };
  const text = error instanceof Error ? error.message || error.name : String(error);
  // Messages about images and their measurement are complete as they are.
  if (/^(datasets|metrics): /.test(text)) return { message: inSettings(text), exitCode: 1 };
  return { message: `${text} (set IMAGEFN_DEBUG=1 to see where this happened)`, exitCode: 1 };
}

/** A message about images with the options of the loader written as fields of the configuration. */
const inSettings = (text: string): string =>
  text
    .replace(/\bset skipBroken to go on/, "use --set data.skipBroken=true to go on")
    .replace(/, or train without classes$/, "$& (--set data.classes=false)");

/** A library's message with its option written as the flag of the same name, and advice. */
function withFlags({ code, message, details }: ImagefnError): string {
  const { option } = details;
  const flag = typeof option === "string" ? flagOf(option) : "";
  const text = flag && message.startsWith(`${option}`) ? flag + message.slice(`${option}`.length) : message;
  const advice = hint(code, details, flag);
  return advice === undefined ? text : `${text} ${advice}`;
}

/**
 * Prints `imagefn: ...` for a thrown value, with the stack trace only when `debug` is on
 * (the environment variable IMAGEFN_DEBUG=1), and returns the exit code.
 */
export function reportError(
  error: unknown,
  write: (text: string) => void = (text) => process.stderr.write(text),
  debug: boolean = process.env.IMAGEFN_DEBUG === "1",
): number {
  const { message, exitCode } = explain(error);
  write(`imagefn: ${visible(message)}\n`);
  if (debug && error instanceof Error) write(`${visible(error.stack ?? "")}\n`);
  return exitCode;
}

function explainFileError(error: NodeJS.ErrnoException | undefined): string | undefined {
  if (error === undefined || error === null) return undefined;
  const path = error.path === undefined ? "a file" : quoted(error.path);
  const code = fileErrorCode(error);
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return (
        `${code === "EDQUOT" ? "the disk quota is used up" : "the disk is full"}: ${path} could not be written. Nothing already written is lost: every earlier file ` +
        "is complete, and a file that was being replaced keeps its old content. Free some space and run the " +
        "command again; a training run continues from its last checkpoint with `imagefn train --resume RUN`."
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return (
        `no permission to use ${path} (${code}). Change its permissions, or choose another place: ` +
        "--out sets where results go, `data.path` where images are read."
      );
    case "ENOENT":
      return `${path} does not exist. Check the path; relative paths start at ${process.cwd()}.`;
    case "EIO":
      return `${path} could not be read or written: its disk reports an error (EIO). Check the disk.`;
    case "EMFILE":
    case "ENFILE":
      return `${path} could not be opened: too many files are open. Raise the limit with \`ulimit -n 4096\`.`;
    case "EFBIG":
      return `${path} could not be written: it is larger than its file system or \`ulimit -f\` allows (EFBIG).`;
    case undefined:
      return undefined;
    default:
      return error.path === undefined ? undefined : `${path} could not be used: ${textOf(error)} (${code}).`;
  }
}

/** The system's words for a file error, from a message such as "EISDIR: illegal operation on a directory, read". */
const textOf = ({ message }: Error): string =>
  /^[^:]*: ([^,']+)/.exec(message)?.[1].trim() ?? "its system gives no reason";
