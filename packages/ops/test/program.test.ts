// Programs on every engine: state between runs, what bad state and inputs get, and what simplification leaves.
import {
  add,
  broadcastTo,
  concat,
  constant,
  gpujsEngine,
  type HostArray,
  mul,
  onnxEngine,
  program,
  reshape,
  simplify,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
} from "@imagefn/ops";
import t from "tap";
import { array, testPrograms } from "./programs.js";

testPrograms(await onnxEngine({ threads: 1 }));
testPrograms(await gpujsEngine({ mode: "cpu" }));
testPrograms(await gpujsEngine({ mode: "webasm" }));

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
    const table = () => constant({ shape: [40, 1, 1], data: Float32Array.from({ length: 40 }, (_, i) => i) });
    t.same(left(mul(add(x, table()), add(x, table()))), ["add", "mul"], "with equal tables of their own too");
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
