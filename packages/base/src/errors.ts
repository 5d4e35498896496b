// The error that all packages throw for what a caller can act on, and file errors that know their file.

/**
 * What went wrong, for programs. A command or a page turns a code into advice in its own terms, such as a flag.
 *
 * - `invalid-config`: fields of a configuration are wrong; `unknown-preset`, `missing-data-path`, `idle-steps` likewise.
 * - `invalid-option`: an option of a call cannot be used; `details.option` is its name, and the message begins with it.
 * - `not-in-run`: a class or an average that the run has not; `details.option` as above.
 * - `run-exists`, `folder-not-empty`, `not-a-run`, `no-checkpoint`, `damaged-checkpoint`, `other-settings`,
 *   `only-pretrained`, `busy`: about run folders; `details.path` is the folder.
 * - `no-functions`: the generator makes images, and image functions were asked for.
 * - `missing-weights`, `missing-package`: something to install or download is not there.
 * - `invalid-data`: images, statistics or a log cannot be used as they are.
 * - `diverged`: training reached numbers that are not finite. `training-failed`: a run of a larger job failed.
 * - `port-in-use`: a page cannot be served at `details.port`.
 */
export type ErrorCode =
  | "invalid-config"
  | "unknown-preset"
  | "missing-data-path"
  | "idle-steps"
  | "invalid-option"
  | "not-in-run"
  | "run-exists"
  | "folder-not-empty"
  | "not-a-run"
  | "no-checkpoint"
  | "damaged-checkpoint"
  | "other-settings"
  | "only-pretrained"
  | "busy"
  | "no-functions"
  | "missing-weights"
  | "missing-package"
  | "invalid-data"
  | "diverged"
  | "training-failed"
  | "port-in-use";

/** Names and values that belong to an error, for advice and for programs. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** A mistake or circumstance that the caller can act on. The message says what was wrong and what was expected. */
export class ImagefnError extends Error {
  override readonly name = "ImagefnError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The error with the file it concerns: writes through a handle report no path of their own. */
export function withPath(error: unknown, path: string): unknown {
  const fileError = error as NodeJS.ErrnoException;
  if (error instanceof Error && typeof fileError.code === "string") fileError.path ??= path;
  return error;
}
