// Parameters are plain nested objects and arrays; these walk them. Paths join keys with dots.

/** A leaf is anything with a shape: a tensor, a host array, or a bare `{ shape }`. */
interface Leaf {
  readonly shape: readonly number[];
}

/** The same tree with every leaf replaced by U. */
export type Mapped<P, U> = P extends Leaf
  ? U
  : P extends undefined
    ? undefined
    : { [K in keyof P]: Mapped<P[K], U> };

const isLeaf = (x: unknown): x is Leaf => typeof x === "object" && x !== null && "shape" in x;

/** Replaces each leaf by f(leaf, path). Undefined branches stay undefined. */
export function mapTree<P, L extends Leaf, U>(tree: P, f: (leaf: L, path: string) => U): Mapped<P, U> {
  const walk = (x: unknown, path: string): unknown => {
    if (x === undefined) return undefined;
    if (isLeaf(x)) return f(x as L, path);
    const inside = (key: string) => (path ? `${path}.${key}` : key);
    if (Array.isArray(x)) return x.map((child, i) => walk(child, inside(String(i))));
    if (typeof x === "object" && x !== null)
      return Object.fromEntries(Object.entries(x).map(([key, child]) => [key, walk(child, inside(key))]));
    throw new Error(
      `ops: a tree holds objects, arrays and arrays of numbers with a shape (got ${typeof x} at "${path}")`,
    );
  };
  return walk(tree, "") as Mapped<P, U>;
}

/** The leaves with their paths, in the order of the tree. */
export function leaves<L extends Leaf>(tree: unknown): [path: string, leaf: L][] {
  const out: [string, L][] = [];
  mapTree(tree, (leaf: L, path) => {
    out.push([path, leaf]);
  });
  return out;
}

/** The tree of the same structure with its leaves taken by path. Throws where one is missing. */
export function unflatten<P, U>(tree: P, values: ReadonlyMap<string, U>): Mapped<P, U> {
  return mapTree(tree, (_, path) => {
    const value = values.get(path);
    if (value === undefined)
      throw new Error(`ops: nothing for "${path}" (got ${[...values.keys()].slice(0, 8).join(", ")} ...)`);
    return value;
  });
}
