// The tests of programs that every engine takes: state between runs, and what bad state and inputs get.
import {
  add,
  constant,
  type Engine,
  type HostArray,
  mul,
  program,
  reshape,
  type Shape,
  sum,
} from "@imagefn/ops";
import t, { type Test } from "tap";

/** A host array of these numbers. */
export const array = (shape: Shape, ...data: number[]): HostArray => ({
  shape,
  data: Float32Array.from(data),
});
const numbers = (x: { data: Float32Array } | undefined) => [...(x?.data ?? [])];

/** Runs them. */
export function testPrograms(engine: Engine): void {
  const onEngine = (name: string, test: (t: Test) => Promise<void>) =>
    t.test(`${name}, on ${engine.name}`, test);

  onEngine("a reader sees the state as it is, and outputs go where they are wanted", async (t) => {
    const state = { a: array([2], 1, 2), b: array([], 10) };
    const owner = await engine.compile(
      program({ state, inputs: { by: [2] } }, ({ a, b }, { by }) => ({
        state: { a: add(mul(a, b), by), b: add(b, 1) },
      })),
      state,
    );
    const twice = program({ state: { a: state.a }, inputs: { x: [] } }, ({ a }, { x }) => ({
      outputs: { y: mul(a, x), total: sum(a) },
    }));
    const reader = await owner.reader(twice);
    const all = new Float32Array(4);
    const read = async (x: number) => numbers((await reader.run({ x }, { y: all.subarray(1, 3) })).total);
    t.same([await read(2), ...all], [[3], 0, 2, 4, 0]);
    await owner.run({ by: Float32Array.of(0, 5) });
    t.same([await read(1), ...all], [[35], 0, 10, 25, 0], "after a run");
    await owner.run({ by: all.subarray(1, 3) });
    t.same([await read(1), ...all], [[420], 0, 120, 300, 0], "its outputs as inputs of the other");
    await owner.write(new Map([["a", array([2], 3, 4)]]));
    t.same(await read(1), [7], "after a write");
    t.same(numbers((await reader.read()).get("a")), [3, 4]);
    await t.rejects(reader.run({ x: 1 }, { y: new Float32Array(3) }), {
      message: 'ops: output "y" [2] takes a Float32Array of 2 numbers (got Float32Array of 3)',
    });
    await t.rejects(reader.run({ x: 1 }, { z: all }), { message: 'ops: no output is called "z"' });
    const moves = program({ state: { a: state.a } }, ({ a }) => ({ state: { a: add(a, 1) } }));
    await t.rejects(owner.reader(moves), { message: /a reader changes no state \(got a new value of "a"\)/ });
    const other = program({ state: { c: state.a } }, ({ c }) => ({ outputs: { c: mul(c, 2) } }));
    await t.rejects(owner.reader(other), { message: /state "c" \[2\] is not in the state that it reads/ });
    await reader.dispose();
    t.same(numbers((await owner.read()).get("b")), [12], "the state stays when a reader ends");
    await owner.dispose();
  });

  onEngine("state moves on from run to run", async (t) => {
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

  onEngine("read takes a path or all below it", async (t) => {
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

  onEngine("state may be exchanged, repeated, given and constant", async (t) => {
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

  onEngine("write replaces state", async (t) => {
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

  onEngine("a runnable hands its state over to another program", async (t) => {
    const state = { a: array([2], 1, 2), b: array([], 3) };
    const times = program({ state }, ({ a, b }) => ({ state: { a: mul(a, b) }, outputs: { a } }));
    const plus = program({ state }, ({ a, b }) => ({ state: { a: add(a, b), b: sum(a) }, outputs: { a } }));
    const other = program({ state: { a: array([3], 1, 2, 3) } }, ({ a }) => ({ outputs: { a } }));
    const first = await engine.compile(times, state);
    await first.run();
    await t.rejects(engine.compile(other, first), { message: /^ops: / }, "another state does not fit");
    await first.run();
    const second = await engine.compile(plus, first);
    await t.rejects(first.run(), "it is disposed of");
    t.same(numbers((await second.run()).a), [9, 18]);
    const third = await engine.compile(times, second);
    await third.run();
    t.same([...(await third.read()).values()].map(numbers), [[12 * 27, 21 * 27], [27]]);
    t.same(numbers(state.a), [1, 2], "the arrays given at the start are not touched");
    await third.dispose();
  });

  onEngine("bad state and inputs are named", async (t) => {
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
    for (const [given, name] of [
      [[1, 2, 3, 4], "Array"],
      [Int32Array.of(1, 2, 3, 4), "Int32Array"],
      [{ shape: [2, 2], data: [1, 2, 3, 4] }, "data of Array"],
      [null, "null"],
    ])
      await t.rejects(runnable.run({ x: given as never, y: 1 }), {
        message: `ops: input "x" must be a number, a Float32Array, or { shape, data } with one (got ${name})`,
      });
    await t.rejects(runnable.run({ x: 1, y: 1 }), { message: 'ops: input "x" is [2, 2]: 4 numbers (got 1)' });
    const { z } = await runnable.run({ x, y: 1 });
    t.same(numbers(z), [1, 2, 1, 2], "and a bad run leaves the program as it was");
    await runnable.dispose();
  });
}
