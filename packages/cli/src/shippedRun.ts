// `avatars` in place of a run folder: the trained run that comes with the command.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { avatars } from "@imagefn/avatars-model";

/** Where a run lies, and where to write what is made of it. */
export interface RunPlace {
  readonly path: string;
  /** The current folder, for a run whose own folder belongs to an installed package. */
  readonly folder?: string;
}

/** The place of a run. A folder or file of one's own takes precedence over a shipped run of that name. */
export const placeOf = (run: string): RunPlace =>
  run === "avatars" && !existsSync(run) ? { path: fileURLToPath(avatars), folder: "." } : { path: run };
