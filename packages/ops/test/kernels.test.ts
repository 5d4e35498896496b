// The rules of kernels, over the source of every one: what gpu.js compiles for every mode, and indices that stay exact.
import { readdirSync, readFileSync } from "node:fs";
import { program, type Tensor } from "@imagefn/ops";
import t from "tap";
import { type Launch, launches } from "./launches.js";
import { dataOf, opCases, valueAndGradients } from "./opCases.js";

const names = new Set<string>();
const visited = new Set<Tensor>();
function visit(y: Tensor): void {
  if (visited.has(y)) return;
  visited.add(y);
  names.add(y.op.name);
  y.inputs.forEach(visit);
}

/** Every kernel of the cases, forward and backward. */
const all: Launch[] = [];
for (const opCase of Object.values(opCases)) {
  const shapes = Object.fromEntries(dataOf(opCase).map(({ shape }, i) => [`x${i}`, shape]));
  const p = program({ inputs: shapes }, (_, x) => ({
    outputs: valueAndGradients(opCase.f, Object.values(x)),
  }));
  for (const y of p.outputs.values()) visit(y);
  all.push(...launches(p));
}
const sources = new Map(all.map(({ source }) => [source, /\w+ (\w+)/.exec(source)![1]]));

t.test("the cases use every op there is", async (t) => {
  const folder = new URL("ops/", import.meta.resolve("@imagefn/ops"));
  const ops = readdirSync(folder)
    .filter((file) => file.endsWith(".js"))
    .flatMap((file) => [
      ...readFileSync(new URL(file, folder), "utf8").matchAll(/(?:^ {4}name: |elementwise\()"(\w+)"/gm),
    ])
    .map(([, name]) => name);
  t.ok(ops.length > 35, `${ops.length} ops`);
  t.same(
    ops.filter((name) => !names.has(name)),
    [],
  );
});

const WORDS = new Set("function return let const for if else this Math".split(" "));

t.test("kernels keep to the subset of JavaScript that gpu.js compiles", async (t) => {
  for (const [source, name] of sources) {
    const text = source.replace(/\/\/.*$/gm, "");
    const [head, ...parameters] = text.slice(0, text.indexOf(")")).match(/[A-Za-z_]\w*/g) ?? [];
    t.equal(head, "function", `${name} is a function`);
    t.not(name, "", "with a name");
    for (const token of ["=>", "??", "?.", "`", "async", "class", "new ", "var ", "while", "%", "[]"])
      t.notOk(text.includes(token), `${name} has no ${token}`);
    t.equal(text.match(/\bfunction\b/g)?.length, 1, `${name} has no function inside it`);

    const own = new Set([...parameters, ...[...text.matchAll(/\b(?:let|const) (\w+)/g)].map(([, v]) => v)]);
    const used = [...text.matchAll(/(?<![\w.])[A-Za-z_]\w*/g)].map(([word]) => word);
    const captured = used.filter((word) => !own.has(word) && !WORDS.has(word));
    t.same(captured, [], `${name} captures nothing`);
    for (const [loop] of text.matchAll(/\bfor \(.*\{/g))
      t.match(
        loop,
        /^for \(let (\w+) = \d+; \1 < this\.constants\.\w+; \1\+\+\) \{$/,
        `${name}: a loop ends at a constant`,
      );
  }
});

t.test("indices stay exact when a device's divisions are not", async (t) => {
  // Each floor of a quotient is made wrong by -1, 0 or 1: more than WebGPU's error of 2.5 units in the last place.
  const quotient = /Math\.floor\((\w+) \/ (this\.constants\.\w+)\)/g;
  const wrong = new Map<string, number>();
  for (const { source, op, inputs, threads, constants, floats } of all) {
    if (source.search(quotient) < 0) continue;
    let calls = 0;
    const made = (text: string) => new Function(`return ${text}`)() as (...x: unknown[]) => unknown;
    const exact = made(source);
    const inexact = made(source.replace(quotient, "(Math.floor($1 / $2) + this.error())"));
    // Numbers that tell cells apart, some of them equal.
    const arrays = inputs.map((n, k) => Float32Array.from({ length: n }, (_, i) => ((i * 7) % 31) - 9 * k));
    for (let x = 0; x < threads; x++) {
      const self = {
        thread: { x },
        constants: { ...constants, ...floats },
        error: () => (calls++ % 3) - 1,
      };
      const [a, b] = [inexact, exact].map((f) => [f.call(self, ...arrays)].flat());
      if (a.some((v, i) => !Object.is(v, b[i]))) wrong.set(op, (wrong.get(op) ?? 0) + 1);
    }
  }
  t.same([...wrong], []);
  const divided =
    all
      .map(({ source }) => source)
      .join("\n")
      .match(/\/ this\.constants\.\w+/g) ?? [];
  t.ok(divided.length > 20, `${divided.length} divisions by constants`);
});
