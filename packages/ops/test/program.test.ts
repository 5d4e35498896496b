// Programs on every engine: state between runs, what bad state and inputs get, and what simplification leaves.
import {
  add,
  broadcastTo,
  concat,
  constant,
  type Engine,
  gpujsEngine,
  type HostArray,
  mul,
  onnxEngine,
  program,
  reshape,
  type Shape,
  simplify,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
} from "@imagefn/ops";
import t, { type Test } from "tap";

const engines = [await onnxEngine({ threads: 1 }), await gpujsEngine({ mode: "cpu" })];
const array = (shape: Shape, ...data: number[]): HostArray => ({ shape, data: Float32Array.from(data) });
const numbers = (x: { data: Float32Array } | undefined) => [...(x?.data ?? [])];

for (const engine of engines) {
  const onEngine = (name: string, test: (engine: Engine, t: Test) => Promise<void>) =>
    t.test(`${name}, on ${engine.name}`, (t) => test(engine, t));

  onEngine("state moves on from run to run", async (engine, t) => {
    const state = { count: array([], 0), kept: [array([2], 5, 6)] };
    const p = program({ state, inputs: { by: [] } }, ({ count, kept }, { by }) => ({
      state: { count: add(count, by) },
      outputs: { before: count, total: sum(kept[0]) },
    }));
    const runnable = await engine.compile(p, state);
    const first = await runnable.run({ by: 2 });
    const second = await runnable.run({ by: array([], 3) });
    t.same([numbers(first.before), numbers(second.before)], [[0], [2]], "outputs see the state as it came");
    t.same(first.total.shape, [], "outputs are ndarrays of their shape");
    t.same([...(await runnable.read()).keys()], ["count", "kept.0"]);
    t.same(numbers((await runnable.read()).get("count")), [5]);
    t.same(numbers((await runnable.read("kept")).get("kept.0")), [5, 6], "what is left out stays");
    t.same(state.count.data[0], 0, "the arrays given at the start are not touched");
    await runnable.dispose();
  });

  onEngine("read takes a path or all below it", async (engine, t) => {
    const state = { a: array([1], 1), ab: array([1], 2), c: { a: array([1], 3) } };
    const runnable = await engine.compile(
      program({ state }, ({ a }) => ({ outputs: { a } })),
      new Map([
        ["a", state.a],
        ["ab", state.ab],
        ["c.a", state.c.a],
      ]),
    );
    t.same([...(await runnable.read("a")).keys()], ["a"]);
    t.same([...(await runnable.read("c")).keys()], ["c.a"]);
    t.same([...(await runnable.read("nothing")).keys()], []);
    await runnable.dispose();
  });

  onEngine("state may be exchanged, repeated, given and constant", async (engine, t) => {
    const state = { a: array([2], 1, 2), b: array([2], 3, 4), c: array([2], 0, 0), d: array([2, 1], 7, 8) };
    const p = program({ state, inputs: { x: [2] } }, ({ a, b, d }, { x }) => ({
      state: { a: b, b: a, c: x, d: reshape(constant(array([2], 9, 10)), [2, 1]) },
      outputs: { a, same: a, x, d, one: constant(1), shaped: reshape(d, [1, 2]) },
    }));
    const runnable = await engine.compile(p, state);
    const x = Float32Array.of(5, 6);
    const first = await runnable.run({ x });
    x.fill(0);
    t.same([first.a, first.same, first.x, first.d, first.one].map(numbers), [
      [1, 2],
      [1, 2],
      [5, 6],
      [7, 8],
      [1],
    ]);
    t.same(first.shaped.shape, [1, 2]);
    const after = await runnable.read();
    t.same(
      ["a", "b", "c", "d"].map((k) => numbers(after.get(k))),
      [
        [3, 4],
        [1, 2],
        [5, 6],
        [9, 10],
      ],
    );
    for (const y of Object.values(first)) y.data.fill(99);
    for (const y of after.values()) y.data.fill(99);
    const second = await runnable.run({ x: Float32Array.of(0, 1) });
    t.same([second.a, second.d, second.one].map(numbers), [[3, 4], [9, 10], [1]], "results are copies");
    await runnable.dispose();
  });

  onEngine("write replaces state", async (engine, t) => {
    const state = { a: array([2], 1, 2), b: array([], 3) };
    const p = program({ state }, ({ a, b }) => ({ state: { a: mul(a, b) } }));
    const runnable = await engine.compile(p, state);
    const given = array([2], 10, 20);
    await runnable.write(new Map([["a", given]]));
    given.data.fill(0);
    await runnable.run();
    t.same(numbers((await runnable.read()).get("a")), [30, 60]);
    await t.rejects(runnable.write(new Map([["z", given]])), {
      message: 'ops: no state is called "z" in this program',
    });
    await t.rejects(runnable.write(new Map([["a", array([3], 1, 2, 3)]])), {
      message: 'ops: state "a" is [2]: 2 numbers (got 3)',
    });
    await runnable.dispose();
    await t.rejects(runnable.run(), "a disposed runnable does not run");
  });

  onEngine("bad state and inputs are named", async (engine, t) => {
    const state = { a: { b: array([2], 1, 2) } };
    const p = program({ state, inputs: { x: [2, 2], y: [] } }, ({ a }, { x, y }) => ({
      outputs: { z: add(mul(x, y), a.b) },
    }));
    await t.rejects(engine.compile(p), { message: 'ops: the program\'s state "a.b" was given no value' });
    await t.rejects(engine.compile(p, { a: { b: array([3], 1, 2, 3) } }), {
      message: 'ops: state "a.b" is [2]: 2 numbers (got 3)',
    });
    await t.rejects(engine.compile(p, { ...state, c: array([], 1) }), {
      message: 'ops: no state is called "c" in this program',
    });
    const runnable = await engine.compile(p, state);
    const x = new Float32Array(4);
    await t.rejects(runnable.run({ x }), { message: 'ops: input "y" [] is missing' });
    await t.rejects(runnable.run({ x, y: 1, w: 2 }), {
      message: 'ops: no input is called "w" (expected x, y)',
    });
    await t.rejects(runnable.run({ x: new Float32Array(3), y: 1 }), {
      message: 'ops: input "x" is [2, 2]: 4 numbers (got 3)',
    });
    await t.rejects(runnable.run({ x: 1, y: 1 }), { message: 'ops: input "x" is [2, 2]: 4 numbers (got 1)' });
    const { z } = await runnable.run({ x, y: 1 });
    t.same(numbers(z), [1, 2, 1, 2], "and a bad run leaves the program as it was");
    await runnable.dispose();
  });
}

t.test("tracing a program checks the new state", async (t) => {
  const state = { a: array([2], 1, 2) };
  t.throws(() => program({ state }, ({ a }) => ({ state: { b: a } })), {
    message: 'ops: program: new state for "b", which is not in the state',
  });
  t.throws(() => program({ state }, ({ a }) => ({ state: { a: sum(a) } })), {
    message: 'ops: program: state "a" changes its shape (got [], expected [2])',
  });
});

t.test("shapes are checked when the graph is built", async (t) => {
  const wrong: [(x: Tensor) => Tensor, RegExp][] = [
    [(x) => add(x, reshape(x, [3, 2])), /ops: add: shapes do not broadcast \(got \[2, 3\] and \[3, 2\]/],
    [(x) => reshape(x, [4]), /ops: reshape: \[2, 3\] holds 6 numbers/],
    [(x) => transpose(x, [0, 0]), /ops: transpose: axes must name each of 2 axes once/],
    [(x) => broadcastTo(x, [2, 4]), /ops: broadcastTo:/],
    [(x) => concat([x, x], 2), /ops: concat: no such axis \(got 2, expected -2 to 1\)/],
    [(x) => sum(x, [-3]), /ops: sum: no such axis/],
  ];
  program({ inputs: { x: [2, 3] } }, (_, { x }) => {
    for (const [f, message] of wrong) t.throws(() => f(x), { message });
    return {};
  });
});

/** The ops that a graph is made of, sources left out. */
function opsOf(roots: readonly Tensor[]): string[] {
  const seen = new Set<Tensor>();
  const walk = (x: Tensor) => {
    if (seen.has(x)) return;
    seen.add(x);
    x.inputs.forEach(walk);
  };
  roots.forEach(walk);
  return [...seen].filter((x) => x.inputs.length > 0).map((x) => x.op.name);
}

t.test("simplification", async (t) => {
  program({ inputs: { x: [2, 3], s: [] } }, (_, { x, s }) => {
    const left = (y: Tensor) => opsOf(simplify([y])).sort();
    const twice = () => tanh(add(x, s));
    t.same(opsOf([mul(twice(), twice())]).length, 5, "as written, every expression is there");
    t.same(left(mul(twice(), twice())), ["add", "mul", "tanh"], "equal expressions become one");
    t.same(left(sub(tanh(x), tanh(mul(x, 1)))), ["sub", "tanh"], "also where they only become equal");
    t.same(left(mul(x, add(constant(2), mul(constant(3), 4)))), ["mul"], "constants fold");
    t.same(left(add(x, 0)), [], "x + 0");
    t.same(left(mul(1, x)), [], "1 * x");
    t.same(left(sub(0, x)), ["sub"], "0 - x stays");
    t.same(left(add(s, constant(array([2], 0, 0)))), ["add"], "s + 0 stays where it broadcasts s");
    t.same(left(mul(mul(x, 2), 3)), ["mul"], "numbers gather");
    const [a, b] = simplify([tanh(x), tanh(x)]);
    t.equal(a, b, "across roots too");
    const dead = tanh(mul(x, 5));
    t.same(left(add(x, s)), ["add"], `nothing of ${dead.op.name} is left`);
    const [folded] = simplify([mul(constant(array([2], 1, -2)), constant(array([2, 1], 3, 4)))]);
    t.same((folded.attrs as HostArray).data, Float32Array.of(3, -6, 4, -8), "folding broadcasts");
    const minusZero = simplify([add(x, constant(0)), mul(x, constant(-0))]);
    t.same(opsOf(minusZero), ["mul"], "0 and -0 are told apart");
    return {};
  });
});
