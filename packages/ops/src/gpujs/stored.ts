// Which tensors of a graph get arrays of their own, and which are computed inside the kernels that read them.
import { uniform } from "../ops/source.js";
import { reachable, type Tensor } from "../tensor.js";
import { textOf } from "./kernel.js";
import { operands, type Reading, reading } from "./reading.js";
import { isWhole } from "./view.js";

/** WebGPU promises eight storage buffers to a kernel, one of which is its output. */
const MOST_INPUTS = 7;

/** Up to how many ops, of how many arrays, are computed again for each reader rather than stored once. */
const LIGHT = { ops: 4, arrays: 2 };

/** What computing a tensor inside another's kernel takes. */
interface Cost {
  readonly arrays: ReadonlySet<Tensor>;
  readonly ops: number;
  /** A loop, or functions that take long. */
  readonly fold: boolean;
  readonly slow: boolean;
}

const isChained = ({ op }: Tensor): boolean => op.numbers !== undefined || op.fold !== undefined;

/** Sources, inputs of kernels, results, and among the others those that save more work than they cost, in order. */
export function storedTensors(results: readonly Tensor[]): Set<Tensor> {
  const graph = reachable(results);
  const stored = new Set(graph.filter((x) => x.inputs.length === 0));
  for (const x of results) stored.add(x);
  const isStored = (x: Tensor) => stored.has(x);

  /** Adding an array can change what others are made of, so until nothing changes. */
  for (let before = -1; before !== stored.size; ) {
    before = stored.size;
    for (const y of graph)
      if (y.op.kernel) for (const x of [y, ...operands(y, isStored).map(({ base }) => base)]) stored.add(x);
    for (const y of graph) for (const { base } of readingsOf(y, stored)) if (base.op.view) stored.add(base);
    chooseStored(graph, stored);
  }
  return new Set(graph.filter((x) => stored.has(x)));
}

/** How y's kernel, or the one that it becomes part of, reads its inputs. */
function readingsOf(y: Tensor, stored: ReadonlySet<Tensor>): Reading[] {
  const isOther = (x: Tensor) => x !== y && stored.has(x);
  if (y.op.numbers) return y.inputs.map((x) => reading(x, y.shape, isOther));
  if (y.op.fold) return y.inputs.map((x) => reading(x, x.shape, isOther));
  return y.op.view && stored.has(y) ? [reading(y, y.shape, isOther)] : [];
}

function chooseStored(graph: readonly Tensor[], stored: Set<Tensor>): void {
  const uses = new Map<Tensor, number>();
  for (const y of graph)
    for (const { base } of readingsOf(y, stored)) uses.set(base, (uses.get(base) ?? 0) + 1);

  const costs = new Map<Tensor, Cost>();
  for (const y of graph) {
    const readings = readingsOf(y, stored);
    if (readings.length === 0) continue;
    const parts = readings
      .filter(({ base }) => uniform(base) === undefined)
      .map(({ base, view }) => {
        const cost = costs.get(base);
        const joins =
          cost !== undefined &&
          !stored.has(base) &&
          (isLight(cost) || (isWhole(view) && uses.get(base) === 1 && !(y.op.fold && cost.fold)));
        if (!joins) stored.add(base);
        return { base, cost: joins ? cost : undefined };
      });
    const arrays = () => new Set(parts.flatMap(({ base, cost }) => (cost ? [...cost.arrays] : [base])));
    while (arrays().size > MOST_INPUTS) {
      const largest = parts.reduce((a, b) =>
        (b.cost?.arrays.size ?? 0) > (a.cost?.arrays.size ?? 0) ? b : a,
      );
      stored.add(largest.base);
      largest.cost = undefined;
    }
    const costOf = (f: (cost: Cost) => boolean) => parts.some(({ cost }) => cost && f(cost));
    if (isChained(y))
      costs.set(y, {
        arrays: arrays(),
        ops: parts.reduce((n, { cost }) => n + (cost?.ops ?? 0), 1),
        fold: y.op.fold !== undefined || costOf(({ fold }) => fold),
        slow: isSlow(y) || costOf(({ slow }) => slow),
      });
  }
}

const isLight = ({ arrays, ops, fold, slow }: Cost): boolean =>
  !fold && !slow && ops <= LIGHT.ops && arrays.size <= LIGHT.arrays;

/** Whether a number takes more than arithmetic. */
const isSlow = ({ op }: Tensor): boolean =>
  /Math\.(?!max|min|abs|floor)/.test(op.numbers ? textOf(op.numbers) : "");
