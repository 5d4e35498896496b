// CM-UViT: parameter counts, how it begins, its tokens and skips, and PyTorch's values and gradients.
import { constant, type HostArray, leaves, onnxEngine, random } from "@imagefn/ops";
import { difference } from "@imagefn/testing";
import {
  initUvit,
  initUvitBlock,
  paperUvitConfig,
  type UvitConfig,
  uvit,
  uvitBlock,
} from "@imagefn/transformer";
import t from "tap";
import { count, images, size, tinyUvit, trained } from "./tiny.js";
import { agreesWithTorch } from "./torch.js";

const engine = await onnxEngine({ threads: 1 });

t.test("parameter counts of the paper's configurations", async (t) => {
  const total = (side: number, config: Partial<UvitConfig>) =>
    count(initUvit({ ...paperUvitConfig, ...config }, [side, side], random(0)));
  t.equal(total(32, { classes: 10 }), 114_680_964, "CIFAR-10, 32 px, patch 4");
  t.equal(total(64, {}), 114_819_972, "64 px, patch 4");
  t.equal(total(128, { patch: 8 }), 115_041_300, "128 px, patch 8");
  t.equal(total(64, { timeMlp: true }), 114_819_972 + 4_722_432, "with the time MLP");
  t.equal(total(32, { dim: 512, heads: 8, depth: 13, patch: 2 }), 44_255_328, "U-ViT's own S/2: 44 M");
  t.same(initUvit({ ...paperUvitConfig, classes: 10 }, [32, 32], random(0)).positions.shape, [66, 768]);
});

t.test("how it begins", async (t) => {
  const params = initUvit({ ...tinyUvit, dim: 64, classes: 200, timeMlp: true }, size, random(3));
  const std = ({ data }: HostArray) => Math.sqrt(data.reduce((s, v) => s + v * v, 0) / data.length);
  const near = (name: string, x: HostArray, expected: number) =>
    t.ok(Math.abs(std(x) / expected - 1) < 0.2, `${name}: ${std(x)}, expected ${expected}`);
  near("patches, U(+-1/sqrt(12))", params.patch.weight, 1 / 6);
  near("labels", params.labels!, 1);
  near("positions", params.positions, 0.02);
  near("conv, U(+-1/sqrt(27))", params.conv.weight, 1 / 9);
  for (const [path, x] of leaves<HostArray>({ ...params, patch: [], labels: [], positions: [], conv: [] }))
    if (path.endsWith("norm.weight"))
      t.ok(
        x.data.every((v) => v === 1),
        path,
      );
    else if (path.endsWith("bias"))
      t.ok(
        x.data.every((v) => v === 0),
        path,
      );
    else near(path, x, 0.02);
  t.ok(
    (await images(engine, uvit(tinyUvit, size), uvit(tinyUvit, size).init(random(3)))).some((v) => v !== 0),
  );
});

t.test("classes change the output, at the start and after a step", async (t) => {
  const generator = uvit({ ...tinyUvit, classes: 3 }, size);
  t.same(generator.shape, [3, 4, 6]);
  t.equal(generator.classes, 3);
  for (const params of [generator.init(random(3)), await trained(engine, generator, 1)]) {
    const of = (...labels: number[]) =>
      images(engine, generator, params, { labels: { shape: [2], data: Float32Array.from(labels) } });
    const [a, b] = [await of(0, 1), await of(0, 2)];
    t.same(a.slice(0, 72), b.slice(0, 72), "the same class gives the same image");
    t.not(difference(b.slice(72), a.slice(72), { rtol: 0, atol: 1e-6 }), undefined);
  }
});

t.test("one block has no skips, and three have one", async (t) => {
  const paths = (depth: number) =>
    leaves<HostArray>(initUvit({ ...tinyUvit, depth }, size, random(3))).map(([path]) => path);
  t.notOk(paths(1).some((path) => /^(in|out)Blocks/.test(path)));
  t.same(
    paths(3).filter((path) => path.includes("skip")),
    ["outBlocks.0.skip.weight", "outBlocks.0.skip.bias"],
  );
  const one = uvit({ ...tinyUvit, depth: 1 }, size);
  t.ok((await images(engine, one, one.init(random(3)))).every(Number.isFinite));
});

t.test("what is missing or does not fit", async (t) => {
  for (const [depth, message] of [
    [0, "must be a positive whole number (got 0)"],
    [2, "is 2, an even number: as many blocks come before the middle one as after it"],
    [2.5, "must be a positive whole number (got 2.5)"],
  ] as const)
    for (const make of [uvit, (...given: Parameters<typeof uvit>) => initUvit(...given, random(3))])
      t.throws(() => make({ ...tinyUvit, depth }, size), {
        message: `transformer: CM-UViT: depth ${message}`,
      });
  t.throws(
    () => initUvit(tinyUvit, [4, 5], random(3)),
    /patch is 2, which does not divide the image size 4 x 5/,
  );
  const generator = uvit({ ...tinyUvit, classes: 3 }, size);
  const { labels: _, ...unlabelled } = generator.init(random(3));
  await t.rejects(images(engine, generator, unlabelled), /labels given \(this generator has 0 classes\)/);

  const x = constant({ shape: [1, 2, 8], data: new Float32Array(16) });
  const block = (skip: boolean) =>
    initUvitBlock(random(0), 8, { skip }) as unknown as Parameters<typeof uvitBlock>[0];
  t.throws(() => uvitBlock(block(true), x, 2), /a skip connection is needed/);
  t.throws(() => uvitBlock(block(false), x, 2, x), /a skip connection given to a block without one/);
});

t.test("PyTorch agrees, forward and backward", (t) =>
  agreesWithTorch(t, engine, "uvit", ({ dim, heads, depth, patch, mlpRatio, classes, height, width }) =>
    uvit({ dim, heads, depth, patch, mlpRatio, classes, timeMlp: true }, [height, width]),
  ),
);
