// What a training step costs on a GPU, counted on its plan: launches, and loads from storage to a multiply-add of its products.
// docs/gpu.md has these numbers. The plan is not public, hence the imports from the built package.
import { readFileSync } from "node:fs";
import { type Generator, initTrainState, pseudoHuber, trainStep } from "@imagefn/consistency";
import { radam, random } from "@imagefn/ops";
import { funcRecord } from "@imagefn/transformer";
import t from "tap";

/** What is read of a step of a plan. */
interface Step {
  readonly y: { readonly shape: readonly number[]; readonly op: { readonly product?: unknown } };
  readonly kernel: {
    readonly tiling?: { readonly tile: number; readonly parts: number };
    readonly loads?: { readonly numbers: number; readonly instructions: number };
    readonly product?: { readonly m: number; readonly n: number; readonly k: number; batches: number[] };
  };
}
const ops = import.meta.resolve("@imagefn/ops");
const { plan } = await import(new URL("gpujs/plan.js", ops).href);
const { configOf, generatorOf } = await import(new URL("../../../bench/training.mjs", import.meta.url).href);
const page = readFileSync(new URL("../../../docs/gpu.md", import.meta.url), "utf8");
const size = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1);

/** The steps of one training step as the paper has it. */
function stepsOf(generator: Generator, batch: number, products: "auto" | "plain"): Step[] {
  const options = {
    generator,
    batch,
    optimizer: radam(),
    distance: pseudoHuber,
    targetEma: true,
    emaRates: [0.9999],
    clipNorm: 0,
  };
  const p = trainStep(options, initTrainState(generator.init(random(0)), options));
  const next = [...p.next].filter(([path, x]) => x !== p.state.get(path)).map(([, x]) => x);
  return plan([...next, ...p.outputs.values()], products).steps;
}

/** Of the tiled products: how many there are, their multiply-adds, and loads to each. */
function countsOf(steps: readonly Step[]) {
  const tiled = steps.filter(({ kernel }) => kernel.tiling);
  const macs = tiled.map(({ kernel }) => {
    const { m, n, k, batches } = kernel.product!;
    return m * n * k * size(batches);
  });
  const total = macs.reduce((a, b) => a + b, 0);
  const perMac = (of: "numbers" | "instructions") =>
    tiled.reduce((sum, { kernel }, i) => sum + kernel.loads![of] * macs[i], 0) / total;
  return {
    kernels: steps.length,
    tiled: tiled.length,
    inParts: tiled.filter(({ kernel }) => kernel.tiling!.parts > 1).length,
    giga: total / 1e9,
    numbers: perMac("numbers"),
    instructions: perMac("instructions"),
  };
}

t.test("configuration a", async (t) => {
  const c = configOf("a");
  const before = stepsOf(generatorOf(c), c.batch, "plain");
  const { kernels, tiled, inParts, giga, numbers, instructions } = countsOf(
    stepsOf(generatorOf(c), c.batch, "auto"),
  );
  const products = before.filter(({ y }) => y.op.product).length;
  t.ok(tiled > 0.95 * products, `${tiled} of ${products} products are tiled`);
  t.ok(
    inParts > 0 && kernels <= before.length + inParts,
    "each that is cut into parts takes one kernel more",
  );
  const row = [
    "| a",
    before.length,
    kernels,
    tiled,
    inParts,
    giga.toFixed(1),
    numbers.toFixed(3),
    instructions.toFixed(4),
  ];
  t.ok(page.includes(row.join(" | ")), `docs/gpu.md has: ${row.join(" | ")}`);
});

t.test("the paper's network at batch 8", async (t) => {
  const generator = funcRecord.make(funcRecord.defaults, { size: [64, 64], classes: 0 });
  const steps = stepsOf(generator, 8, "auto");
  const largest = Math.max(...steps.map(({ y }) => size(y.shape)));
  t.ok(largest <= 2 ** 24, `its largest array has ${largest} numbers`);
  t.ok(countsOf(steps).numbers < 1 / 31, "a number is loaded once for 31 multiply-adds");
});
