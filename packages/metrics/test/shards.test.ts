// Features and statistics of shards: every metric over features, and files that do not belong together.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Shard } from "@imagefn/base";
import {
  classProbabilities,
  evaluate,
  evaluateSaved,
  type Features,
  featureFindings,
  featureStatistics,
  frechetDistance,
  type ImageSource,
  imagesSource,
  inceptionScore,
  mergeStatistics,
  openFeatures,
  randomConvolutions,
  readStatistics,
  type ShardFeatures,
  type ShardOptions,
  saveFeatures,
  saveStatistics,
  shardFeatures,
  shardStatistics,
} from "@imagefn/metrics";
import { engine as engineByName, random } from "@imagefn/ops";
import t from "tap";
import { features } from "./inputs.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (name: string) => join(home, name);
const { engine } = await engineByName({ name: "onnx", threads: 1 });

const SIDE = 12;
/** Pictures of seeded noise. */
const pictures = (count: number, seed: number): ImageSource =>
  imagesSource(
    Array.from({ length: count }, (_, i) => ({
      width: SIDE,
      height: SIDE,
      data: Uint8Array.from(random(seed).uniform(3 * SIDE * SIDE, i), (u) => 255 * u),
    })),
    { seed },
  );
/** Seven blocks of 16, of which the last is not whole. */
const COUNT = 105;
const samples = pictures(COUNT, 1);
const reference = pictures(60, 2);
const shardsOf = (of: number): Shard[] => Array.from({ length: of }, (_, i) => ({ index: i + 1, of }));
const common = { engine, threads: 1, seed: 5 };
const options = { ...common, samples, metrics: ["random-conv"] } satisfies ShardOptions;

/** Saves all shards, and returns their paths with the last shard first. */
async function saved(prefix: string, of: number, save: (path: string, shard: Shard) => Promise<void>) {
  const paths = shardsOf(of).map(({ index }) => at(`${prefix}${index}of${of}.npz`));
  for (const [i, path] of paths.entries()) await save(path, { index: i + 1, of });
  return paths.reverse();
}
const savedFeatures = (of: number) =>
  saved("f", of, async (path, shard) => saveFeatures(path, await shardFeatures({ ...options, shard })));

t.test("features: each metric that one process gives, to the last digit", async (t) => {
  const whole = await evaluate({ ...options, reference });
  const ready = { network: randomConvolutions(), features: ["pool"] as const, weights: {} };
  const request = {
    ...{ engine, ready, count: COUNT, seed: 5, onProgress() {} },
    metrics: ["frechet", "precision-recall", "kernel"] as const,
    reference: { images: reference, count: 60 },
  };
  const all = await featureFindings({ ...request, samples });
  t.match(all.findings, [{ value: Number }, { value: Number }, { value: Number }, { value: Number }]);
  for (const of of [1, 2, 3, 7]) {
    const files = openFeatures(await savedFeatures(of));
    const shared = await evaluateSaved(files, { ...common, reference });
    t.same(shared.findings, whole.findings, `${of} shards`);
    t.match(shared, { seed: 5, samples: { images: COUNT, n: COUNT, shards: of } });
    const more = await featureFindings({ ...request, samples: files });
    t.same(more.findings, all.findings, `${of} shards: precision, recall and kernel distance`);
    t.same(more.samples.statistics.pool, all.samples.statistics.pool);
  }
});

t.test(
  "statistics: the Frechet distance of one process, and a reference for the next evaluation",
  async (t) => {
    const whole = await evaluate({ ...options, reference });
    const paths = await saved("s", 3, async (path, shard) =>
      saveStatistics(path, shardStatistics(await shardFeatures({ ...options, shard }))),
    );
    const merged = await evaluateSaved(mergeStatistics(paths), { ...common, reference });
    const [own, expected] = [merged.findings[0], whole.findings[0]];
    t.ok(Math.abs(own.value! / expected.value! - 1) < 1e-9, `${own.value} ${expected.value}`);
    t.same({ ...own, value: 0 }, { ...expected, value: 0 });

    const alone = await evaluateSaved(mergeStatistics(paths), common);
    await saveStatistics(at("all.npz"), alone.statistics!);
    const read = readStatistics(at("all.npz"));
    t.match(read.note, {
      network: "random convolutions",
      count: COUNT,
      source: { images: COUNT, shards: 3 },
    });
    t.ok(frechetDistance(read.pool, (await evaluate(options)).statistics!.pool) < 1e-9);
    await t.rejects(evaluateSaved(mergeStatistics(paths), { ...common, metrics: ["kid"] }), {
      code: "invalid-option",
      message:
        /^metrics: kid cannot be computed from samples in 3 files of statistics \(expected random-conv\)/,
    });
  },
);

/** Features of a shard as if Inception had run, of which the weights are not here. */
function inceptionShard(shard: Shard, changes: Partial<ShardFeatures["note"]> = {}): ShardFeatures {
  const own = Array.from({ length: COUNT }, (_, i) => i).filter(
    (i) => Math.floor(i / 16) % shard.of === shard.index - 1,
  );
  const values = Object.fromEntries(
    Object.entries(inceptionFeatures).map(([name, { shape, data }]) => {
      const rows = own.flatMap((i) => [...data.subarray(i * shape[1], (i + 1) * shape[1])]);
      return [name, { shape: [own.length, shape[1]], data: Float32Array.from(rows) }];
    }),
  );
  return {
    note: {
      ...{ samples: { run: "run", weights: "digest", step: 4 }, count: COUNT, shard, seed: 3 },
      ...{ engine: "onnx", threads: 1, cpu: "a processor", ...changes },
    },
    networks: [
      {
        ...{ name: "Inception-2015", resize: "legacy_tensorflow", weights: { sha256: "aa" } },
        ...{ features: { pool: 8, spatial: 6, logits: 10 }, values },
      },
    ],
    missing: [],
  };
}
const float32 = ({ shape, data }: Features) => ({ shape, data: Float32Array.from(data) });
const inceptionFeatures = {
  pool: float32(features(COUNT, 8)),
  spatial: float32(features(COUNT, 6, 1)),
  logits: float32(features(COUNT, 10, 2)),
};

t.test("FID, sFID and IS against statistics need no weights: nothing runs", async (t) => {
  const gaussian = (values: Features) => {
    const all = featureStatistics(values.shape[1]);
    all.add(values);
    return all.result();
  };
  const [pool, spatial] = [gaussian(features(50, 8, 3)), gaussian(features(50, 6, 4))];
  await saveStatistics(at("reference.npz"), { pool, spatial, note: { network: "Inception-2015" } });
  const paths = await saved("i", 3, (path, shard) => saveFeatures(path, inceptionShard(shard)));
  const { findings } = await evaluateSaved(openFeatures(paths), {
    ...common,
    reference: at("reference.npz"),
    metrics: ["fid", "sfid", "is"],
  });
  const { mean, std } = inceptionScore(classProbabilities(inceptionFeatures.logits));
  t.match(findings, [
    {
      metric: "FID",
      value: frechetDistance(gaussian(inceptionFeatures.pool), pool),
      n: COUNT,
      reference: 50,
    },
    { metric: "sFID", value: frechetDistance(gaussian(inceptionFeatures.spatial), spatial) },
    { metric: "Inception Score", value: mean, std, settings: { weights: { sha256: "aa" } } },
  ]);
});

t.test("files that do not belong together are refused by what differs", async (t) => {
  const write = async (name: string, shard: ShardFeatures) => {
    await saveFeatures(at(name), shard);
    return at(name);
  };
  const [one, two] = shardsOf(2);
  const first = await write("a1.npz", inceptionShard(one));
  const second = await write("a2.npz", inceptionShard(two));
  const refused = (paths: string[], message: RegExp) =>
    t.throws(() => openFeatures(paths), { code: "invalid-data", message });
  t.equal(openFeatures([second, first]).count, COUNT);

  refused([first], /^metrics: shard 2 of 2 is missing \(got 1 of 2 files\)\. Make it first$/);
  const five = await write("five.npz", inceptionShard({ index: 2, of: 5 }));
  refused([five], /^metrics: shards 1, 3, 4, 5 of 5 are missing \(got 1 of 5 files\)\. Make them first$/);
  const copy = await write("copy.npz", inceptionShard(one));
  refused([first, second, copy], /a1\.npz and .*copy\.npz are both shard 1 of 2\. Leave one out$/);
  refused([first, five], /a1\.npz and .*five\.npz .*the number of shards differs \(got 2 and 5\)/);

  const about = { run: "run", weights: "digest", step: 4 };
  const elsewhere = { samples: { ...about, run: "/mnt/run" } };
  openFeatures([first, await write("path.npz", inceptionShard(two, elsewhere))]);
  const otherRun = await write("run.npz", inceptionShard(two, { samples: { ...about, weights: "other" } }));
  refused([first, otherRun], /the weights of the samples differs \(got digest and other\)/);
  const count = await write("count.npz", inceptionShard(two, { count: 104 }));
  refused([first, count], /the count of samples differs \(got 105 and 104\)/);
  const seed = await write("seed.npz", inceptionShard(two, { seed: 4 }));
  refused([first, seed], /the seed differs \(got 3 and 4\)/);

  const [network] = inceptionShard(two).networks;
  const over = (changes: object) => ({ ...inceptionShard(two), networks: [{ ...network, ...changes }] });
  refused(
    [first, await write("clean.npz", over({ resize: "clean" }))],
    /the resize rule of .* \(got legacy_tensorflow and clean\)/,
  );
  refused(
    [first, await write("w.npz", over({ weights: { sha256: "bb" } }))],
    /the file of weights of .* \(got aa and bb\)/,
  );
  refused([first, await write("n.npz", over({ name: "nsfwjs Inception" }))], /the list of networks differs/);
  refused(
    [first, await write("pool.npz", over({ features: { pool: 9, spatial: 6, logits: 10 } }))],
    /Inception-2015 pool does not fit shard 2 of 2 \(got float32 \[48, 8\], expected float32 \[48, 9\]\)/,
  );

  await saveStatistics(at("plain.npz"), { pool: featuresOfAll(), note: {} });
  refused([at("plain.npz")], /plain\.npz holds no features of a shard/);
  t.throws(() => mergeStatistics([at("plain.npz")]), {
    message: /plain\.npz holds no statistics of a shard/,
  });
  t.throws(() => mergeStatistics([first]), { code: "invalid-data", message: /has no array "mu"/ });
  t.throws(() => openFeatures([]), { message: /there are no files of shards/ });
});
const featuresOfAll = () => {
  const all = featureStatistics(8);
  all.add(features(20, 8));
  return all.result();
};

t.test("other threads or processors are said, and recorded", async (t) => {
  const [one, two] = shardsOf(2);
  await saveFeatures(at("t1.npz"), inceptionShard(one));
  await saveFeatures(at("t2.npz"), inceptionShard(two, { threads: 8 }));
  const messages: string[] = [];
  const { samples } = await evaluateSaved(openFeatures([at("t1.npz"), at("t2.npz")]), {
    ...common,
    metrics: ["is"],
    onMessage: (text) => messages.push(text),
  });
  t.match(
    messages[0],
    /^warning: the shards were made with different .*1 threads.*shards 1; .*8 threads.*shards 2\)$/,
  );
  t.match(samples, {
    machines: [
      { threads: 1, cpu: "a processor", shards: [1] },
      { threads: 8, cpu: "a processor", shards: [2] },
    ],
  });
});

t.test("a damaged file ends the evaluation", async (t) => {
  await saveFeatures(at("d1.npz"), inceptionShard({ index: 1, of: 1 }));
  const bytes = readFileSync(at("d1.npz"));
  const name = bytes.indexOf("Inception-2015 logits.npy");
  bytes[name + 1000] ^= 64;
  writeFileSync(at("d1.npz"), bytes);
  const files = openFeatures([at("d1.npz")]);
  await t.rejects(evaluateSaved(files, { ...common, metrics: ["is"] }), {
    message: /logits.*(checksum|CRC)/i,
  });
});

t.test("shards of what is no share, and of metrics of pictures", async (t) => {
  const refused = (changes: Partial<ShardOptions>, message: RegExp) =>
    t.rejects(shardFeatures({ ...options, ...changes }), { code: "invalid-option", message });
  await refused({ shard: { index: 5, of: 4 } }, /^shard 5\/4: /);
  await refused({ shard: { index: 1, of: 8 } }, /^shard 1\/8: there are 7 blocks/);
  await refused({ metrics: ["fid", "niqe"] }, /^metrics: niqe is not computed from features/);
  const { networks, missing } = await shardFeatures({ ...options, metrics: ["fid", "random-conv"] });
  t.match(networks, [{ name: "random convolutions" }]);
  t.match(missing, [{ metric: "FID", code: "missing-weights" }]);
});
