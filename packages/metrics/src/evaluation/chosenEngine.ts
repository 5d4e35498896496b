// The engine of an evaluation.
import { type ChosenEngine, engine as engineByName } from "@imagefn/ops";
import type { EvaluateOptions } from "./options.js";

/** The engine, and why it was chosen where a name was given. */
export async function chosenEngine(
  engine: EvaluateOptions["engine"],
  threads: number,
): Promise<Pick<ChosenEngine, "engine"> & Partial<ChosenEngine>> {
  if (typeof engine === "object") return "compile" in engine ? { engine } : engine;
  return engineByName({ name: engine, threads });
}
