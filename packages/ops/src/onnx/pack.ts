// Small states that change alike, as an optimiser's do, lie one after another in one array: their update is then a few
// large nodes, where each node costs some microseconds however small it is.
import { concat } from "../ops/concat.js";
import { reshape } from "../ops/reshape.js";
import { slice } from "../ops/slice.js";
import { placeholder } from "../ops/source.js";
import type { Program } from "../program.js";
import { sameShape, size } from "../shape.js";
import { simplify } from "../simplify.js";
import { apply, type Op, reachable, type Tensor } from "../tensor.js";

/** Larger states gain nothing, and what reads them would need a copy. */
const LARGEST = 2 ** 18;

/** Where a state lies. */
export interface Place {
  /** Path of the state that it is a part of. */
  readonly path: string;
  readonly offset: number;
}

export interface Packed {
  readonly program: Program;
  /** The place of every state of the program that was given. */
  readonly places: ReadonlyMap<string, Place>;
}

/** States that change together by elementwise ops, such as a parameter with its moments and averages. */
interface Cluster {
  readonly paths: string[];
  /** What the new values are made of: other tensors of the states' shape, in the order of their use. */
  readonly sources: Tensor[];
  /** Equal for clusters whose new values are the same functions of their states and sources. */
  readonly signature: string;
}

/** The same program, with states that change alike in one state of one axis. */
export function pack(program: Program): Packed {
  const simple = simplified(program);
  const groups = new Map<string, Cluster[]>();
  for (const cluster of clusters(simple)) {
    const alike = groups.get(cluster.signature);
    if (alike) alike.push(cluster);
    else groups.set(cluster.signature, [cluster]);
  }

  const places = new Map<string, Place>([...program.state.keys()].map((path) => [path, { path, offset: 0 }]));
  const state = new Map(simple.state);
  const next = new Map(simple.next);
  /** What stands for the states that are packed. */
  const parts = new Map<Tensor, Tensor>();
  const updates: (() => void)[] = [];
  let packed = 0;
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const shapes = group.map(({ paths }) => simple.state.get(paths[0])!.shape);
    const sizes = shapes.map(size);
    const total = sizes.reduce((a, b) => a + b, 0);
    const columns = group[0].paths.map((_, k) => placeholder("state", `packed.${packed}.${k}`, [total]));
    packed++;
    for (const [k, column] of columns.entries()) {
      let offset = 0;
      for (const [i, { paths }] of group.entries()) {
        const before = simple.state.get(paths[k])!;
        parts.set(before, reshape(slice(column, 0, offset, sizes[i]), shapes[i]));
        places.set(paths[k], { path: column.attrs.name, offset });
        state.delete(paths[k]);
        next.delete(paths[k]);
        offset += sizes[i];
      }
      state.set(column.attrs.name, column);
    }
    updates.push(() => {
      const [first] = group;
      const now = new Map<Tensor, Tensor>();
      for (const [k, path] of first.paths.entries()) now.set(simple.state.get(path)!, columns[k]);
      for (const [k, source] of first.sources.entries())
        now.set(
          source,
          concat(
            group.map(({ sources }) => reshape(rewritten(sources[k]), [-1])),
            0,
          ),
        );
      const update = (x: Tensor): Tensor => {
        let found = now.get(x);
        if (!found) {
          found = isScalar(x) ? reshape(rewritten(x), []) : apply(x.op as Op, x.inputs.map(update), x.attrs);
          now.set(x, found);
        }
        return found;
      };
      for (const [k, path] of first.paths.entries())
        next.set(columns[k].attrs.name, update(simple.next.get(path)!));
    });
  }

  const known = new Map<Tensor, Tensor>();
  /** An equal tensor that depends on the packed states. */
  function rewritten(root: Tensor): Tensor {
    for (const x of reachable([root])) {
      if (known.has(x)) continue;
      const inputs = x.inputs.map((i) => known.get(i)!);
      const same = inputs.every((i, k) => i === x.inputs[k]);
      known.set(x, parts.get(x) ?? (same ? x : apply(x.op as Op, inputs, x.attrs)));
    }
    return known.get(root)!;
  }
  for (const [path, x] of next) next.set(path, rewritten(x));
  for (const update of updates) update();
  const outputs = new Map([...simple.outputs].map(([name, x]) => [name, rewritten(x)]));
  return { program: { ...simple, state, next, outputs }, places };
}

/** The program with what repeats in it made once, so that equal scalars are the same tensors. */
function simplified(program: Program): Program {
  const values = [...program.next.values(), ...program.outputs.values()];
  const roots = simplify([...program.state.values(), ...values]);
  const take = (keys: Iterable<string>) => new Map([...keys].map((key) => [key, roots.shift()!]));
  const state = take(program.state.keys());
  const next = take(program.next.keys());
  return { state, next, inputs: program.inputs, outputs: take(program.outputs.keys()) };
}

const isScalar = (x: Tensor): boolean => size(x.shape) === 1;

function clusters({ state, next }: Program): Cluster[] {
  const pathOf = new Map(
    [...state]
      .filter(([path, x]) => next.get(path) !== x && !isScalar(x) && size(x.shape) <= LARGEST)
      .map(([path, x]) => [x, path] as const),
  );
  /** The op's inputs where it belongs to an update: an elementwise op of arrays of one shape and numbers. */
  const inside = (x: Tensor, shape: Tensor["shape"]): readonly Tensor[] | undefined =>
    x.op.value && sameShape(x.shape, shape) && x.inputs.every((i) => isScalar(i) || sameShape(i.shape, shape))
      ? x.inputs
      : undefined;

  // States whose new values share a state or a tensor between them change together.
  const owner = new Map<Tensor, Set<string>>();
  for (const [x, path] of pathOf) {
    let own = owner.get(x) ?? new Set([path]);
    const stack = [x, next.get(path)!];
    const seen = new Set<Tensor>();
    for (let y = stack.pop(); y; y = stack.pop()) {
      if (seen.has(y) || isScalar(y)) continue;
      seen.add(y);
      const other = owner.get(y);
      if (other && other !== own) {
        for (const one of own) other.add(one);
        for (const [z, set] of owner) if (set === own) owner.set(z, other);
        own = other;
      }
      own.add(path);
      owner.set(y, own);
      stack.push(...(inside(y, x.shape) ?? []));
    }
  }

  const order = [...state.keys()];
  return [...new Set([...pathOf.keys()].map((x) => owner.get(x)!))].map((set) => {
    const paths = order.filter((path) => set.has(path));
    const { shape } = state.get(paths[0])!;
    const sources: Tensor[] = [];
    const names = new Map<Tensor, string>(paths.map((path, k) => [state.get(path)!, `s${k}`]));
    let count = 0;
    const nameOf = (x: Tensor): string => {
      let name = names.get(x);
      if (name !== undefined) return name;
      if (isScalar(x)) return `#${x.id}`;
      const inputs = inside(x, shape);
      if (inputs) name = `(${x.op.name}${JSON.stringify(x.attrs)} ${inputs.map(nameOf)} =${count++})`;
      else {
        name = `g${sources.length}`;
        sources.push(x);
      }
      names.set(x, inputs ? `n${count - 1}` : name);
      return name;
    };
    return { paths, signature: paths.map((path) => nameOf(next.get(path)!)).join(";"), sources };
  });
}
