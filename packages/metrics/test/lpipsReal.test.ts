// LPIPS with the real SqueezeNet and heads, on pictures. Needs the weight files, which are not in the repository.
import { existsSync, readFileSync } from "node:fs";
import { avatars } from "@imagefn/datasets";
import {
  frozen,
  type ImageBatch,
  lpips,
  lpipsDistance,
  lpipsWeights,
  readPth,
  readSqueezenetNcnn,
} from "@imagefn/metrics";
import { constant, grad, type HostArray, mul, onnxEngine, program, random, sub, sum } from "@imagefn/ops";
import { gradients } from "@imagefn/testing";
import t from "tap";

const folder =
  process.env.IMAGEFN_TEST_WEIGHTS ??
  new URL("../../../../shared/weights/", import.meta.url).pathname.replace(/\/$/, "");
const files = [`${folder}/squeezenet1_1.fp16.ncnn.bin`, `${folder}/lpips_v0.1_squeeze.pth`];
const there = files.every((file) => existsSync(file));
const skip = there ? false : `there is no ${files.join(" or no ")}: set IMAGEFN_TEST_WEIGHTS`;

const weights = there
  ? lpipsWeights("squeeze", readSqueezenetNcnn(readFileSync(files[0])), readPth(readFileSync(files[1])))
  : new Map<string, HostArray>();
const engine = await onnxEngine({ threads: 1 });
const SIZE = 64;

async function pictures(): Promise<ImageBatch & { data: Uint8Array }> {
  const styles = ["adventurer", "lorelei", "micah"] as const;
  const { images, count } = await avatars({
    styles: [...styles],
    count: 3,
    size: SIZE,
    seed: 1,
    cache: false,
  });
  const data = new Uint8Array(count * 3 * SIZE ** 2);
  for (let i = 0; i < count; i++) data.set(images.at(i), i * 3 * SIZE ** 2);
  images.close();
  return { shape: [count, 3, SIZE, SIZE], data };
}

/** Every pixel replaced by f(plane, row, column). */
function changed(
  images: ImageBatch,
  f: (at: (row: number, column: number) => number, row: number, column: number) => number,
): ImageBatch {
  const data = Uint8Array.from(images.data, (_, i) => {
    const plane = i - (i % SIZE ** 2);
    const clamp = (v: number) => Math.min(Math.max(v, 0), SIZE - 1);
    const at = (row: number, column: number) => images.data[plane + clamp(row) * SIZE + clamp(column)];
    return Math.round(Math.min(Math.max(f(at, Math.floor((i % SIZE ** 2) / SIZE), i % SIZE), 0), 255));
  });
  return { shape: images.shape, data };
}

function noisy(images: ImageBatch, deviation: number): ImageBatch {
  const z = random(3).stream("noise").normal(images.data.length);
  const data = Uint8Array.from(images.data, (v, i) =>
    Math.round(Math.min(Math.max(v + deviation * z[i], 0), 255)),
  );
  return { shape: images.shape, data };
}

const blurred = (images: ImageBatch, radius: number) =>
  changed(images, (at, row, column) => {
    let total = 0;
    for (let i = -radius; i <= radius; i++)
      for (let j = -radius; j <= radius; j++) total += at(row + i, column + j);
    return total / (2 * radius + 1) ** 2;
  });

const shifted = (images: ImageBatch, by: number) =>
  changed(images, (at, row, column) => at(row, column - by));

const floats = ({ shape, data }: ImageBatch): HostArray => ({
  shape,
  data: Float32Array.from(data, (v) => v / 127.5 - 1),
});

t.test("a metric: zero, symmetric, and growing with the damage", { skip }, async (t) => {
  const metric = lpips("squeeze", weights, { engine });
  const images = await pictures();
  t.same([...(await metric.distance(images, images))], [0, 0, 0]);
  const damages = {
    noise: [4, 12, 36].map((deviation) => noisy(images, deviation)),
    blur: [1, 2, 4].map((radius) => blurred(images, radius)),
    shift: [1, 3, 6].map((by) => shifted(images, by)),
  };
  for (const [name, strengths] of Object.entries(damages)) {
    let before: ArrayLike<number> = [0, 0, 0];
    for (const [k, damaged] of strengths.entries()) {
      const d = await metric.distance(images, damaged);
      const back = await metric.distance(damaged, images);
      t.ok(
        d.every((v, i) => Math.abs(v - back[i]) <= 1e-6 * v),
        `${name} ${k}: symmetric`,
      );
      t.ok(
        d.every((v, i) => v > before[i]),
        `${name} ${k}: ${[...d].map((v) => v.toFixed(4))}`,
      );
      before = d;
    }
  }
  await metric.dispose();
});

t.test("a distance to train with", { skip }, async (t) => {
  const images = await pictures();
  const shape = [1, 3, SIZE, SIZE];
  const first = (batch: ImageBatch): HostArray => ({
    shape,
    data: floats(batch).data.slice(0, 3 * SIZE ** 2),
  });
  const target = first(images);
  // Not limited to [-1, 1]: where pixels are equal, pools have ties, and no one gradient.
  const z = random(3).stream("noise").normal(target.data.length);
  const start: HostArray = { shape, data: target.data.map((v, i) => v + 0.25 * z[i]) };
  const params = frozen(weights);
  const distance = (x: Parameters<typeof lpipsDistance>[1], pooling: "max" | "average" = "max") =>
    lpipsDistance(params, x, constant(target), { network: "squeeze", pooling });

  await t.test("its gradient", async (t) => {
    const p = program({ inputs: { x: shape } }, (_, { x }) => ({ outputs: { y: distance(x) } }));
    const runnable = await engine.compile(p);
    const [gradient] = await gradients(engine, (x) => distance(x), [start], {
      shape: [1],
      data: Float32Array.of(1),
    });
    const length = (v: Float32Array) => Math.sqrt(v.reduce((total, x) => total + x * x, 0));
    const steepest = length(gradient.data);
    for (const seed of [1, 2, 3]) {
      // Half along the gradient: along a random direction alone, float32 leaves too few digits.
      const z = random(seed).stream("direction").normal(start.data.length);
      const whole = length(z);
      const direction = z.map((v, i) => v / whole + gradient.data[i] / steepest);
      const at = async (step: number) =>
        (await runnable.run({ x: start.data.map((v, i) => v + step * direction[i]) })).y.data[0];
      const numeric = ((await at(0.005)) - (await at(-0.005))) / 0.01;
      const exact = gradient.data.reduce((s, g, i) => s + g * direction[i], 0);
      t.ok(Math.abs(numeric - exact) < 0.005 * Math.abs(exact), `${numeric} and ${exact}`);
    }
    await runnable.dispose();
  });

  for (const pooling of ["max", "average"] as const)
    await t.test(`descent, ${pooling} pooling`, async (t) => {
      const step = program({ state: { x: start } }, ({ x }) => {
        const y = sum(distance(x, pooling));
        return { state: { x: sub(x, mul(grad(y, x), 20)) }, outputs: { y } };
      });
      const runnable = await engine.compile(step, { x: start });
      const curve: number[] = [];
      for (let i = 0; i < 10; i++) curve.push((await runnable.run()).y.data[0]);
      t.ok(curve[9] < 0.5 * curve[0], `${curve.map((v) => v.toFixed(4))}`);
      await runnable.dispose();
    });
});
