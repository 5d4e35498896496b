// What is compared: finished runs.
import { type GeneratorKind, openTrained, type Trained } from "@imagefn/runs";

/** A run in a comparison. */
export interface Contestant {
  /** How the figure calls it. */
  readonly label: string;
  readonly trained: Trained;
}

/** The names of the paper. */
const names: Record<GeneratorKind, string> = {
  func: "CM-Func",
  unet: "CM-UNet",
  dit: "CM-DiT",
  uvit: "CM-UViT",
};

/** Opens finished runs; the label is the generator's name, and the run's own where two are of one kind. */
export async function openAll(paths: readonly string[]): Promise<Contestant[]> {
  const all: Trained[] = [];
  for (const path of paths) all.push(await openTrained(path, {}));
  const kinds = all.map(({ run }) => run.config.generator.kind);
  return all.map((trained, i) => ({
    trained,
    label:
      kinds.indexOf(kinds[i]) === kinds.lastIndexOf(kinds[i])
        ? names[kinds[i]]
        : `${names[kinds[i]]} ${trained.run.config.name}`,
  }));
}
