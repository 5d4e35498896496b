// Weights of other projects in a tree of ours: by name, each parameter filled once, with everything that does not fit listed.
import { show, size } from "./shape.js";
import type { HostArray } from "./tensor.js";
import { leaves, type Mapped, unflatten } from "./tree.js";

/** Where a parameter's numbers are in another project's weights. */
export interface WeightOrigin {
  /** The name there. Several parameters may be parts of one array. */
  readonly name: string;
  /** The shapes that it may have there; that of the parameter if left out. Numbers keep their order unless `take` moves them. */
  readonly shapes?: readonly (readonly number[])[];
  /** The parameter's numbers, out of those of the array. */
  take?(array: HostArray): Float32Array;
}

/** How weights are read. */
export interface ImportOptions {
  /** The beginning of error messages, as "transformer: importDit". */
  readonly what: string;
  /** Names begin with this; others are left alone. */
  readonly prefix?: string;
  /** Names that are no parameters of ours, for good reasons. */
  ignores?(name: string): boolean;
}

/** Settings of one import that a caller chooses. */
export interface ImportChoices {
  /** Takes only names that begin with this, without it: "ema." in a checkpoint of several sets. Empty if left out. */
  readonly prefix?: string;
}

/** At most so many names of a kind are listed. */
const LISTED = 8;

/**
 * A tree like `tree`, its arrays taken from `weights`, as `readSafetensors` gives them.
 * @param originOf where each parameter comes from, by its path; undefined: it stays as it is
 * @throws listing every name that is missing, has another shape, or is not known
 */
export function importWeights<P>(
  tree: P,
  originOf: (path: string) => WeightOrigin | undefined,
  weights: ReadonlyMap<string, HostArray>,
  { what, prefix = "", ignores = () => false }: ImportOptions,
): Mapped<P, HostArray> {
  const used = new Set<string>();
  const problems: string[] = [];
  const filled = new Map<string, HostArray>();
  for (const [path, initial] of leaves<HostArray>(tree)) {
    const origin = originOf(path);
    if (!origin) {
      filled.set(path, initial);
      continue;
    }
    const { name, shapes = [initial.shape], take } = origin;
    const array = weights.get(prefix + name);
    used.add(prefix + name);
    if (!array) problems.push(`"${prefix + name}" is missing (for ${path})`);
    else if (
      !shapes.some(
        (shape) => shape.length === array.shape.length && shape.every((n, i) => n === array.shape[i]),
      )
    )
      problems.push(
        `"${prefix + name}" is ${show(array.shape)} (expected ${shapes.map(show).join(" or ")} for ${path})`,
      );
    else {
      const data = take ? take(array) : array.data.slice();
      if (data.length !== size(initial.shape))
        throw new Error(
          `ops: importWeights: ${path} takes ${size(initial.shape)} numbers (got ${data.length})`,
        );
      filled.set(path, { shape: initial.shape, data });
    }
  }
  const unknown = [...weights.keys()].filter(
    (name) => name.startsWith(prefix) && !used.has(name) && !ignores(name.slice(prefix.length)),
  );
  for (const name of unknown) problems.push(`"${name}" is not known`);
  if (problems.length > 0) {
    const more = problems.length > LISTED ? `; and ${problems.length - LISTED} more` : "";
    throw new Error(`${what}: ${problems.slice(0, LISTED).join("; ")}${more}`);
  }
  return unflatten(tree, filled) as Mapped<P, HostArray>;
}

/** `path` with its beginning replaced by the first that fits: [["time.fc1", "t_embedder.mlp.0"], ..]. */
export function renamed(
  path: string,
  names: readonly (readonly [ours: string, theirs: string])[],
): string | undefined {
  for (const [ours, theirs] of names)
    if (path === ours || path.startsWith(`${ours}.`)) return theirs + path.slice(ours.length);
  return undefined;
}
