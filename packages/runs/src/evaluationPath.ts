// What a path given to an evaluation stands for.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a path stands for in an evaluation. */
export function evaluationPath(path: string): "run" | "folder" | "npz" | "configuration" {
  if (existsSync(join(path, "config.yaml"))) return "run";
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return "folder";
  return found !== undefined && path.toLowerCase().endsWith(".npz") ? "npz" : "configuration";
}
