// One kernel for a chain of ops: elementwise ops one number after another, sums in a loop, moved arrays by their index.
import { uniform } from "../ops/source.js";
import type { Fold, Tensor } from "../tensor.js";
import { type Kernel, textOf } from "./kernel.js";
import { type Reading, reading } from "./reading.js";
import { isWhole, layoutOf } from "./view.js";

export interface Fused {
  readonly kernel: Kernel;
  readonly inputs: readonly Tensor[];
  /** Tensors without arrays whose indices it computes. */
  readonly unstored: readonly Tensor[];
}

/** The kernel that computes `y`, of everything below it that is not `stored` in an array of its own. */
export function fuse(y: Tensor, stored: ReadonlySet<Tensor>): Fused {
  const isOther = (x: Tensor) => x !== y && stored.has(x);
  const lines: string[] = [];
  const inputs: Tensor[] = [];
  const unstored = new Set<Tensor>();
  const constants = new Map<number, string>();
  const floats = new Map<number, string>();
  /** Names of what the current block has computed already, by what it is. */
  let known = new Map<string, string>();
  let names = 0;

  const named = (map: Map<number, string>, prefix: string, value: number) => {
    if (!map.has(value)) map.set(value, `${prefix}${map.size}`);
    return `this.constants.${map.get(value)}`;
  };
  const whole = (value: number) => named(constants, "n", value);
  const float = (value: number) => named(floats, "f", value);
  const fresh = (prefix: string) => `${prefix}${names++}`;

  function once(key: string, compute: () => string): string {
    let name = known.get(key);
    if (name === undefined) {
      name = compute();
      known.set(key, name);
    }
    return name;
  }

  /** Lines between braces: what is computed there is not known after it. */
  function block(head: string, write: () => void): void {
    const outside = known;
    known = new Map(known);
    lines.push(`${head} {`);
    write();
    lines.push("}");
    known = outside;
  }

  function array(x: Tensor): string {
    if (!inputs.includes(x)) inputs.push(x);
    return `x${inputs.indexOf(x)}`;
  }

  /** [quotient, remainder] of an index. */
  const divided = (i: string, n: number): [string, string] => {
    const rest = once(`${i} % ${n}`, () => {
      const [q, r, by] = [fresh("q"), fresh("r"), whole(n)];
      lines.push(
        `let ${q} = Math.floor(${i} / ${by});`,
        `if (${q} * ${by} > ${i}) ${q} -= 1;`,
        `if ((${q} + 1) * ${by} <= ${i}) ${q} += 1;`,
        `const ${r} = ${i} - ${q} * ${by};`,
      );
      known.set(`${i} / ${n}`, q);
      return r;
    });
    return [known.get(`${i} / ${n}`)!, rest];
  };

  /** The number of x's array at an index. */
  function numberAt(x: Tensor, i: string): string {
    return once(`${x.id} ${i}`, () => {
      if (isOther(x)) {
        const v = fresh("v");
        lines.push(`const ${v} = ${array(x)}[${i}];`);
        return v;
      }
      unstored.add(x);
      if (x.op.fold) return folded(x, x.op.fold(x), i);
      if (x.op.view) return seen(reading(x, x.shape, isOther), i);
      return inlined(
        x.op.numbers!,
        x.inputs.map((u) => seen(reading(u, x.shape, isOther), i)),
      );
    });
  }

  /** The number of an array that a reader sees at its index. */
  function seen({ base, view }: Reading, i: string): string {
    const value = uniform(base);
    const { axes, offset, empty } = layoutOf(view);
    if (empty) return float(0);
    if (value !== undefined && axes.every(({ bounds }) => !bounds)) return float(value);
    if (isWhole(view)) return numberAt(base, i);

    const guards: string[] = [];
    const terms = offset === 0 ? [] : [whole(offset)];
    let rest = i;
    axes.forEach(({ step, bounds }, k) => {
      const inner = axes.slice(k + 1).reduce((n, { size }) => n * size, 1);
      let at = rest;
      if (k < axes.length - 1) [at, rest] = divided(rest, inner);
      if (step !== 0) terms.push(step === 1 ? at : `${at} * ${whole(step)}`);
      if (bounds) guards.push(`${at} >= ${whole(bounds[0])}`, `${at} < ${whole(bounds[1])}`);
    });
    const index = terms.join(" + ") || "0";
    const read = () => {
      const at = once(`index ${index}`, () => {
        const name = fresh("i");
        lines.push(`const ${name} = ${index};`);
        return name;
      });
      return numberAt(base, at);
    };
    if (guards.length === 0) return read();
    const v = fresh("v");
    lines.push(`let ${v} = 0;`);
    block(`if (${guards.join(" && ")})`, () => lines.push(`${v} = ${read()};`));
    return v;
  }

  /** A sum or maximum over the n numbers that lie `inner` apart. */
  function folded(x: Tensor, { n, inner, start, combine }: Fold, i: string): string {
    const total = fresh("t");
    const k = fresh("k");
    const [row, column] = inner === 1 ? [i, ""] : divided(i, inner);
    lines.push(`let ${total} = ${start === 0 ? "0" : float(start)};`);
    block(`for (let ${k} = 0; ${k} < ${whole(n)}; ${k}++)`, () => {
      const at = fresh("i");
      const line = `${row} * ${whole(n)} + ${k}`;
      lines.push(`const ${at} = ${inner === 1 ? line : `(${line}) * ${whole(inner)} + ${column}`};`);
      const [u] = x.inputs;
      lines.push(`${total} = ${combine(total, seen(reading(u, u.shape, isOther), at))};`);
    });
    return total;
  }

  /** The statements of an elementwise function on these arguments. */
  function inlined(f: (...x: number[]) => number, values: readonly string[]): string {
    const text = textOf(f).replace(/\/\/.*$/gm, "");
    const parameters = text.slice(text.indexOf("(") + 1, text.indexOf(")")).match(/\w+/g) ?? [];
    const body = text.slice(text.indexOf("{") + 1, text.lastIndexOf("}")).trim();
    const result = fresh("v");
    const now = new Map(parameters.map((p, k) => [p, values[k]]));
    for (const [, local] of body.matchAll(/\b(?:let|const) (\w+)/g)) now.set(local, `${local}${result}`);
    lines.push(
      body
        .replace(/(?<![\w.])[A-Za-z_]\w*/g, (word) => now.get(word) ?? word)
        .replace(/return ([^;]*);$/, `const ${result} = $1;`),
    );
    return result;
  }

  const value = numberAt(y, "i");
  const source = [
    `function fused(${inputs.map((_, k) => `x${k}`).join(", ")}) {`,
    "const i = this.thread.x;",
    ...lines,
    `return ${value};`,
    "}",
  ].join("\n");
  const swapped = (map: Map<number, string>) => Object.fromEntries([...map].map(([v, name]) => [name, v]));
  return {
    kernel: { source, constants: swapped(constants), floats: swapped(floats), lanes: 1 },
    inputs,
    unstored: [...unstored],
  };
}
