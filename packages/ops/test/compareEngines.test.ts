// Choosing an engine by measurement: the fastest wins, and slow, wrong and broken ones are named.
import { compareEngines, type Engine, fastest, reasonOf, type Trial } from "@imagefn/ops";
import t from "tap";

interface Fake {
  readonly name: string;
  readonly ms: number;
  readonly loss?: number;
  readonly fails?: "to open" | "to run" | "to start";
}

/** Engines that take a time for each run, and how often trials on them were disposed of. */
function fakes(list: readonly Fake[]) {
  const disposed = new Map<string, number>();
  const runs = new Map<string, number>();
  const of = new Map<Engine, Fake>();
  const candidates = list.map((fake) => ({
    name: fake.name,
    async open() {
      if (fake.fails === "to open") throw new Error("ops: x: no adapter\nat a place");
      const engine = { name: fake.name } as Engine;
      of.set(engine, fake);
      return engine;
    },
  }));
  async function start(engine: Engine): Promise<Trial> {
    const { name, ms, loss = 1, fails } = of.get(engine)!;
    if (fails === "to start") await new Promise((resolve) => setTimeout(resolve, 900));
    return {
      async run(k) {
        if (fails === "to run") throw new Error("the GPU was lost");
        runs.set(name, (runs.get(name) ?? 0) + 1);
        await new Promise((resolve) => setTimeout(resolve, ms));
        return loss / (k + 1);
      },
      async dispose() {
        disposed.set(name, (disposed.get(name) ?? 0) + 1);
      },
    };
  }
  return { candidates, start, disposed, runs };
}

const patience = { start: 0.6, seconds: 0.5 };

t.test("each is timed, and what is out of the question says why", async (t) => {
  const { candidates, start, disposed, runs } = fakes([
    { name: "cpu", ms: 40 },
    { name: "fast", ms: 3, loss: 1 + 5e-5 },
    { name: "slow", ms: 160 },
    { name: "wrong", ms: 1, loss: 1.001 },
    { name: "NaN", ms: 1, loss: Number.NaN },
    { name: "absent", ms: 1, fails: "to open" },
    { name: "lost", ms: 1, fails: "to run" },
    { name: "late", ms: 1, fails: "to start" },
  ]);
  const times = await compareEngines(candidates, start, patience);
  t.match(times, [
    { name: "cpu", seconds: Number, startSeconds: Number, problem: undefined },
    { name: "fast", seconds: Number, problem: undefined },
    { name: "slow", problem: /^(is more than 3 times slower|has not started)/ },
    { name: "wrong", problem: "computes other numbers than the CPU (a loss of 1.00100, expected 1.00000)" },
    { name: "NaN", problem: "computes other numbers than the CPU (a loss of NaN, expected 1.00000)" },
    { name: "absent", problem: "ops: x: no adapter" },
    { name: "lost", problem: "the GPU was lost" },
    { name: "late", problem: "has not started after 0.6 seconds" },
  ]);
  t.ok(times[0].seconds! > 0.03 && times[0].seconds! < 0.2, `${times[0].seconds} s`);
  t.ok(runs.get("cpu")! <= 13 && runs.get("wrong") === 3, "no longer than needed");
  t.equal(fastest(times).name, "fast");
  t.match(
    reasonOf(times),
    /^[\d.]+ ms a run, cpu [\d.]+ ms, slow .*, absent does not work, lost the GPU was lost, late has/,
  );
  await new Promise((resolve) => setTimeout(resolve, 900));
  for (const name of ["cpu", "fast", "slow", "wrong", "lost", "late"])
    t.equal(disposed.get(name), 1, `${name} is disposed of once`);
});

t.test("the CPU stays where nothing is faster, and its failure is a failure", async (t) => {
  const { candidates, start } = fakes([
    { name: "cpu", ms: 2 },
    { name: "other", ms: 40 },
  ]);
  t.equal(fastest(await compareEngines(candidates, start, patience)).name, "cpu");
  const broken = fakes([{ name: "cpu", ms: 1, fails: "to run" }]);
  await t.rejects(compareEngines(broken.candidates, broken.start, patience), { message: "the GPU was lost" });
});
