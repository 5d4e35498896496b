// CM-DiT: parameter counts, zeros at the start, what classes do, and PyTorch's values and gradients.
import { type HostArray, leaves, onnxEngine, random } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import { type DitConfig, dit, initDit, paperDitConfig } from "@imagefn/transformer";
import t from "tap";
import { awake, count, images, size, tinyDit, trained } from "./tiny.js";
import { agreesWithTorch } from "./torch.js";

const engine = await onnxEngine({ threads: 1 });

t.test("parameter counts of the paper's configurations", async (t) => {
  const total = (config: Partial<DitConfig>) => count(initDit({ ...paperDitConfig, ...config }, random(0)));
  t.equal(total({ classes: 10 }), 161_476_656, "CIFAR-10, 32 px, patch 4");
  t.equal(total({}), 161_468_976, "64 px, patch 4");
  t.equal(total({ patch: 8 }), 161_690_304, "128 px, patch 8");
  const { final } = initDit(paperDitConfig, random(0));
  t.equal(count(final), 1_181_184 + 36_912);
});

t.test("what it says of itself", async (t) => {
  const generator = dit({ ...tinyDit, classes: 3 }, size);
  t.same(generator.shape, [3, 4, 6]);
  t.equal(generator.classes, 3);
  t.equal(generator.config.depth, 2);
  const params = generator.init(random(3));
  const zero = leaves<HostArray>(params)
    .filter(([path, { data }]) => !path.endsWith("bias") && data.every((v) => v === 0))
    .map(([path]) => path);
  t.same(zero, ["blocks.0.ada.weight", "blocks.1.ada.weight", "final.ada.weight", "final.linear.weight"]);
});

t.test("the output is exactly 0 at the start, and the blocks the identity", async (t) => {
  const generator = dit(tinyDit, size);
  const start = generator.init(random(3));
  t.ok((await images(engine, generator, start)).every((v) => v === 0));

  const { final, time } = awake(generator);
  const seen = await images(engine, generator, { ...start, final, time });
  t.ok(seen.some((v) => Math.abs(v) > 0.1));
  const none = dit({ ...tinyDit, depth: 0 }, size);
  t.same(seen, await images(engine, none, { ...none.init(random(3)), final, time }), "bit for bit");
});

t.test("classes change the output as soon as the zeros allow", async (t) => {
  const generator = dit({ ...tinyDit, classes: 3 }, size);
  const change = async (steps: number) => {
    const params = await trained(engine, generator, steps);
    const of = (...labels: number[]) =>
      images(engine, generator, params, { labels: { shape: [2], data: Float32Array.from(labels) } });
    const [a, b] = [await of(0, 1), await of(0, 2)];
    t.ok(
      a.some((v) => v !== 0),
      "no longer 0",
    );
    t.same(a.slice(0, 72), b.slice(0, 72), "the same class gives the same image");
    return difference(b.slice(72), a.slice(72), { rtol: 0, atol: 1e-6 });
  };
  // Behind a last layer of zeros no other parameter has a gradient, so the first step changes that layer alone.
  t.equal(await change(1), undefined, "after one step, not yet");
  t.not(await change(2), undefined, "after two steps, another class gives another image");
});

t.test("labels that are missing or in vain", async (t) => {
  const labels = { shape: [2], data: Float32Array.of(0, 1) };
  const plain = dit(tinyDit, size);
  await t.rejects(images(engine, plain, plain.init(random(3)), { labels }), {
    message: "transformer: labels given (this generator has 0 classes)",
  });
  const params = dit({ ...tinyDit, classes: 3 }, size).init(random(3));
  await t.rejects(images(engine, plain, params), {
    message: "transformer: labels are needed (this generator has 3 classes)",
  });
});

t.test("PyTorch agrees, forward and backward", (t) =>
  agreesWithTorch(t, engine, "dit", ({ dim, heads, depth, patch, mlpRatio, classes, height, width }) =>
    dit({ dim, heads, depth, patch, mlpRatio, classes }, [height, width]),
  ),
);
