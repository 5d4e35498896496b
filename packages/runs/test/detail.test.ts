// Training on pictures of different sizes: which crops are drawn, a run and its continuation, and what is refused.
import { join } from "node:path";
import { avatars, readBatch, readCrop, split, withLarger } from "@imagefn/datasets";
import { openRun, type PartialConfig, planRun, readLog, resolveConfig, train } from "@imagefn/runs";
import { trainingData } from "@imagefn/runs/pages";
import t from "tap";
import { differences } from "./reading.js";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const [size, detail] = [16, 64];
const changed = (data: object, more: PartialConfig = {}): PartialConfig => ({
  ...tiny,
  ...more,
  data: { ...tiny.data, detail, ...data } as never,
  train: { ...tiny.train, parameterisation: "function", ...more.train },
});

t.test("crops of a batch: of the pictures at their places, and the same in shares", async (t) => {
  const set = withLarger(await avatars({ count: 40, size }), await avatars({ count: 40, size: detail }));
  const batch = 32;
  const dataOf = (data: object) => {
    const config = resolveConfig(changed({ count: 40, heldOut: 0, ...data }) as never);
    return trainingData(config, { ...split(set, 0, 0), classes: [], warnings: [] });
  };
  const n = 3 * size * size;
  const all = [0, 1].map((flip) =>
    Array.from({ length: 40 }, (_, i) => readBatch(set, [i], { flips: [flip] })),
  );
  const same = (a: Float32Array, b: Float32Array) => Buffer.compare(bytes(a), bytes(b)) === 0;
  const usual = (await dataOf({ detail: null }).batches(batch, "train")(3)).images;
  for (const detailPoints of ["spread", "crop"]) {
    const { images, crops, places } = await dataOf({ detailPoints }).batches(batch, "train")(3);
    t.ok(same(images, usual), "the images stay as they are");
    const wholes: number[] = [];
    for (let b = 0; b < batch; b++) {
      const image = images.slice(b * n, (b + 1) * n);
      const [plain, mirrored] = all.map((those) => those.findIndex((one) => same(one, image)));
      const [top, left, whole, width, step] = places!.subarray(5 * b, 5 * b + 5);
      t.same([width, step], [whole, detailPoints === "crop" ? 1 : whole / size]);
      wholes.push(whole);
      const expected = new Float32Array(n);
      const picture = set.larger!.at(Math.max(plain, mirrored));
      if (whole === size) expected.set(image);
      else readCrop(picture, { whole, size, top, left, step, flip: plain < 0 }, expected);
      t.ok(same(crops!.slice(b * n, (b + 1) * n), expected), `pixels of ${whole}`);
    }
    const count = (side: number) => wholes.filter((whole) => whole === side).length;
    t.ok(count(16) >= 8 && count(32) >= 3 && count(64) >= 3, `${wholes}`);
  }

  const { images, crops, places } = await dataOf({}).batches(batch, "train")(3);
  const share = await dataOf({}).batches(batch, "train")(3, { first: 20, count: 4 });
  t.same(share.crops, crops!.slice(20 * n, 24 * n));
  t.same(share.places, places!.slice(100, 120));
  const none = await dataOf({ detailShare: 0 }).batches(batch, "train")(3);
  t.same(none.crops, images);
  const always = await dataOf({ detailShare: 1 }).batches(batch, "pretrain")(3);
  t.notOk([...always.places!].some((side, i) => i % 5 === 2 && side === size));
});

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

t.test("a run, stopped and resumed in each phase, has the same weights", async (t) => {
  const config = changed({}, { train: { trajectory: "teacher", denoise: 0.5 } as never });
  const messages: string[] = [];
  const onMessage = (text: string) => messages.push(text);
  const whole = await train(config, { out: join(home, "whole"), isolate: false, onMessage });
  t.match(messages.join("\n"), /of 4 held-out images: -?[\d.]+ dB PSNR, -?[\d.]+ dB at 64 x 64/);
  t.ok(readLog(whole.log).some(({ heldOutDetailPsnr }) => Number.isFinite(heldOutDetailPsnr)));

  const out = join(home, "again");
  const stop = (phase: string, step: number) =>
    abortAt((progress) => progress.phase === phase && progress.step === step);
  await train(config, { out, isolate: false, ...stop("pretrain", 2) });
  await (await openRun(out)).resume({ isolate: false, ...stop("train", 4) });
  await (await openRun(out)).resume({ isolate: false });
  t.same(differences(whole, await openRun(out)), []);
});

t.test("a plan counts the larger pictures", async (t) => {
  const plan = await planRun(resolveConfig(changed({}) as never), { out: join(home, "plan"), seconds: 0 });
  t.equal(plan.data.bytes, 64 * 3 * (size ** 2 + detail ** 2));
});

t.test("what has no detail to learn is refused", async (t) => {
  const refused = (config: PartialConfig, message: RegExp) =>
    t.throws(() => resolveConfig(config as never), { message });
  refused(
    changed({ detail: 48 }),
    /data\.detail is 48, but expected data\.size 16 times a power of two, such as 64/,
  );
  refused(changed({ detail: 16 }), /data\.detail is 16, but expected/);
  refused(
    changed({ kind: "cifar10", size: 32, count: undefined, path: "x" }),
    /data\.detail is 64, but data\.kind cifar10 is read at data\.size alone/,
  );
  refused(
    changed({}, { generator: { kind: "dit" } }),
    /data\.detail is 64, but generator\.kind dit makes images of one size/,
  );
  refused(
    changed({}, { train: { parameterisation: "skip" } as never }),
    /train\.parameterisation is "skip", whose skip term is an image of one size: with data\.detail expected "function"/,
  );
  refused(
    changed({ kind: "folder", count: undefined, path: "x", skipBroken: true }),
    /data\.detail is 64, but data\.skipBroken leaves pictures out/,
  );
  refused(
    changed({ detail: null, detailShare: 0.2 }),
    /data\.detailShare has no effect, since data\.detail is null/,
  );
});
