// What is compared: finished runs.
import { join } from "node:path";
import { type Config, generatorTitle, openTrained, type Trained } from "@imagefn/runs";

/** A run in a comparison. */
export interface Contestant {
  /** Its name in the table and the figures. */
  readonly label: string;
  readonly trained: Trained;
}

/** Opens finished runs. The label is the generator's title, with the run's name where several share a generator. */
export async function openAll(paths: readonly string[]): Promise<Contestant[]> {
  const all: Trained[] = [];
  for (const path of paths) all.push(await openTrained(path, {}));
  const kinds = all.map(({ run }) => run.config.generator.kind);
  return all.map((trained, i) => {
    const title = generatorTitle(kinds[i]);
    return { trained, label: isSingle(kinds, i) ? title : `${title} ${trained.run.config.name}` };
  });
}

/** The run folder of each configuration in `out`: its generator, with its name where several share a generator. */
export function runFolders(out: string, configs: readonly Config[]): string[] {
  const kinds = configs.map(({ generator }) => generator.kind);
  return configs.map(({ name }, i) => join(out, isSingle(kinds, i) ? kinds[i] : `${kinds[i]}-${name}`));
}

/** Whether no other item of the list equals the one at `i`. */
const isSingle = (list: readonly string[], i: number): boolean =>
  list.indexOf(list[i]) === list.lastIndexOf(list[i]);
