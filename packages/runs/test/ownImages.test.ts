// Images that a program gives: an iterable of pictures, or the batch of each step.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { random, readSafetensors } from "@imagefn/ops";
import {
  listCheckpoints,
  type OwnBatches,
  type OwnImage,
  openRun,
  type PartialConfig,
  train,
} from "@imagefn/runs";
import { PNG } from "pngjs";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const base = { ...tiny, data: { size: 16, heldOut: 2 } } as PartialConfig;

/** Pictures of one colour each, of different sizes. */
function* colours(count: number, labels?: readonly string[]): Generator<OwnImage> {
  for (let i = 0; i < count; i++) {
    const [width, height] = i % 2 ? [16, 16] : [40, 20];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, p) => [i, 100, 255 - i][p % 3]);
    yield { width, height, data, label: labels?.[i % labels.length] };
  }
}

t.test("an iterable of pictures", async (t) => {
  const out = join(home, "iterable");
  const messages: string[] = [];
  const run = await train(base, { out, images: colours(12), onMessage: (text) => messages.push(text) });
  t.equal(run.finished, true);
  t.equal(run.config.data.kind, "custom");
  t.match(messages[0], /^10 images to train on, 2 held out,/, "two are held out");
  const { data } = PNG.sync.read(readFileSync(join(out, "samples/data.png")));
  const greens = new Set(Array.from(data).filter((_, i) => i % 4 === 1));
  t.same([...greens].sort(), [100, 255], "the pictures' own green, and the sheet's white");

  await t.rejects((await openRun(out)).resume(), { code: "invalid-data", message: /none were given/ });
  t.equal((await run.resume({ images: colours(12) })).finished, true);
});

t.test("an async iterable with classes", async (t) => {
  async function* all() {
    yield* colours(12, ["warm", "cold"]);
  }
  const config = { ...base, data: { ...base.data, classes: true } };
  const run = await train(config, { out: join(home, "classes"), images: all() });
  t.equal((await run.sample({ count: 2, class: "warm" })).length, 2);
  await t.rejects(train(config, { out: join(home, "none"), images: colours(12) }), {
    message: /image 0 has no label, but data\.classes is true/,
  });
});

t.test("a function of the step", async (t) => {
  const asked: unknown[] = [];
  const images: OwnBatches = (k, { batch, size, phase }) => {
    asked.push([phase, k]);
    return {
      images: random(7)
        .uniform(batch * 3 * size * size, k)
        .map((u) => 2 * u - 1),
    };
  };
  const one = await train(base, { out: join(home, "function"), images });
  t.same(
    asked.filter((ask) => String(ask).startsWith("pretrain")),
    [0, 1, 2, 3].map((k) => ["pretrain", k]),
  );
  const two = await train(base, { out: join(home, "again"), images });
  const last = (path: string) => readSafetensors(readFileSync(path)).tensors;
  t.same(last(listCheckpoints(one).at(-1)!.path), last(listCheckpoints(two).at(-1)!.path));

  const epochs = { ...base, train: { ...base.train, steps: "2 epochs" } };
  await t.rejects(train(epochs, { out: join(home, "epochs"), images }), {
    message: /needs a number of images/,
  });
  const short: OwnBatches = () => ({ images: new Float32Array(5) });
  await t.rejects(train(base, { out: join(home, "short"), images: short }), {
    code: "invalid-data",
    message: /images\(0\) gave 5 numbers \(expected a Float32Array of \d+/,
  });
});

t.test("pictures that cannot be trained on are refused by number", async (t) => {
  const one = (image: Partial<OwnImage>) => [{ width: 16, height: 16, data: new Uint8Array(768), ...image }];
  const refused = (images: OwnImage[], message: RegExp) =>
    t.rejects(train(base, { out: join(home, "refused"), images }), { code: "invalid-data", message });
  await refused(one({ width: 8 }), /image 0 is 8 x 16 pixels, smaller than data\.size 16/);
  await refused(one({ data: new Uint8Array(5) }), /image 0 holds 5 bytes/);
  await refused(one({}), /data\.heldOut is 2, but there are only 1 images/);
  await t.rejects(train(base, { out: join(home, "thread"), images: colours(9), isolate: "thread" }), {
    code: "invalid-option",
    message: /^isolate thread: /,
  });
});
