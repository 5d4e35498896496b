// The error that all packages throw if a caller can act on it.

/**
 * What went wrong, for programs. A command or a page turns a code into advice of its own, such as a flag.
 *
 * - `invalid-config`: fields of a configuration are wrong; `unknown-preset`, `missing-data-path`, `idle-steps`, `idle-field` likewise.
 * - `invalid-option`: an option of a call cannot be used; `details.option` is its name, and the message begins with it.
 * - `not-in-run`: a class or an average that the run does not have; `details.option` as above.
 * - `run-exists`, `folder-not-empty`, `not-a-run`, `no-checkpoint`, `damaged-checkpoint`, `other-settings`,
 *   `only-pretrained`, `busy`, `changed-data`, `changed-settings`: about run folders; `details.path` is the folder, `details.checkpoint` the file if there is
 *   one.
 * - `diffusion-run`: what a consistency model can do was asked of a diffusion model.
 * - `no-functions`: image functions were asked for, but the generator makes images.
 * - `missing-weights`, `missing-package`: a file or package has to be downloaded or installed.
 * - `invalid-data`: images, statistics or a log cannot be used as they are.
 * - `diverged`: the loss or the weights became NaN or infinite. `training-failed`: a run of a larger job failed.
 * - `port-in-use`: a page cannot be served at `details.port`.
 */
export type ErrorCode =
  | "invalid-config"
  | "unknown-preset"
  | "missing-data-path"
  | "idle-steps"
  | "idle-field"
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
  | "changed-data"
  | "changed-settings"
  | "diffusion-run"
  | "no-functions"
  | "missing-weights"
  | "missing-package"
  | "invalid-data"
  | "diverged"
  | "training-failed"
  | "port-in-use";

/** Names and values of an error, for advice and for programs. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** An error that the caller can act on. The message contains what was wrong and what was expected. */
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
