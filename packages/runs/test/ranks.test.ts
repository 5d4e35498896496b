// A run that several ranks train: the numbers of one process, one folder, and what is agreed upon.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  listCheckpoints,
  openRun,
  openRunFolder,
  type PartialConfig,
  readLog,
  type TrainOptions,
  train,
  trainAlong,
} from "@imagefn/runs";
import { ranksInMemory } from "@imagefn/testing";
import t, { type Test } from "tap";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(120_000);

const config = {
  ...tiny,
  pretrain: { ...tiny.pretrain, batch: 8, steps: 4 },
  train: { ...tiny.train, batch: 8, steps: 10 },
  engine: { threads: 1 },
};

/** Trains on several ranks, of which only the first has a configuration. */
const together = (size: number, options: TrainOptions, given: object = config) =>
  Promise.all(
    ranksInMemory(size).map((ranks) =>
      train(ranks.rank === 0 ? given : "nowhere.yaml", { ...options, ranks }),
    ),
  );

/** Sums of the losses of all steps, by phase: each line of a log has their mean since the line before. */
function losses(run: string) {
  const sums: Record<string, number> = {};
  let before: { phase?: unknown; step: number } = { step: 0 };
  for (const { phase, step, loss } of readLog(join(run, "log.jsonl"))) {
    if (loss === undefined) continue;
    if (phase !== before.phase) before = { phase, step: 0 };
    sums[`${phase}`] = (sums[`${phase}`] ?? 0) + Number(loss) * (Number(step) - before.step);
    before.step = Number(step);
  }
  return sums;
}

function sameLosses(t: Test, a: string, b: string) {
  const [of, other] = [losses(a), losses(b)];
  t.same(Object.keys(of), ["pretrain", "train"]);
  for (const phase of Object.keys(of))
    t.ok(Math.abs(of[phase] - other[phase]) < 1e-5, `${phase}: ${of[phase]} and ${other[phase]}`);
}

t.test("two ranks train what one does, into one folder", async (t) => {
  const dir = t.testdir();
  const one = await train(config, { out: join(dir, "one"), isolate: false });
  const [two] = await together(2, { out: join(dir, "two") });
  t.ok(two.finished);
  sameLosses(t, two.path, one.path);
  const files = (run: string) => readdirSync(join(dir, run), { recursive: true }).sort();
  t.same(files("two"), files("one"));
  await together(2, { out: join(dir, "again") });
  t.same(
    readFileSync(lastCheckpoint(join(dir, "again"))).subarray(-10_000),
    readFileSync(lastCheckpoint(two.path)).subarray(-10_000),
    "twice the same bits",
  );
});

const lastCheckpoint = (run: string) => listCheckpoints(openRunFolder(run)).at(-1)!.path;

t.test("classes, an average of the target, denoising first, parts of a batch", async (t) => {
  const dir = t.testdir();
  const given = {
    ...config,
    data: { ...tiny.data, styles: ["pixel-art", "bottts"], classes: true },
    train: { ...config.train, denoise: 0.5, coupling: "optimal-transport", clipNorm: 1, accumulate: 2 },
    evaluate: { everySeconds: 1 },
  };
  const alone = { ...given, train: { ...given.train, accumulate: 1 } } as PartialConfig;
  const one = await train(alone, { out: join(dir, "one"), isolate: false });
  const [two] = await together(2, { out: join(dir, "two") }, given);
  sameLosses(t, two.path, one.path);
});

t.test("stopped by one of them, resumed by others", async (t) => {
  const dir = t.testdir();
  await train(config, { out: join(dir, "one"), isolate: false });
  const stop = abortAt(({ phase, step }) => phase === "train" && step === 4);
  const [part] = await Promise.all(
    ranksInMemory(2).map((ranks) =>
      train(config, { out: join(dir, "part"), ranks, ...(ranks.rank === 1 ? stop : {}) }),
    ),
  );
  t.notOk(part.finished);
  const [done] = await Promise.all(
    ranksInMemory(4).map(async (ranks) =>
      ranks.rank === 0 ? await (await openRun(part.path)).resume({ ranks }) : await trainAlong({ ranks }),
    ),
  );
  t.ok(done?.finished);
  sameLosses(t, part.path, join(dir, "one"));
});

t.test("under a time all ranks take the same steps, although one is slow", async (t) => {
  const dir = t.testdir();
  const minutes = { ...config, budget: { minutes: 0.07 } };
  const seen: string[][] = [[], [], []];
  const runs = await Promise.all(
    ranksInMemory(3).map((ranks) => {
      const slow =
        ranks.rank === 2 ? { ...ranks, sum: async (x: Float32Array) => ranks.sum(await later(x)) } : ranks;
      return train(
        { ...minutes, pretrain: { steps: 0 }, train: { ...tiny.train, steps: undefined, batch: 6 } },
        {
          out: join(dir, "timed"),
          ranks: slow as typeof ranks,
          onProgress({ phase, step, total }) {
            if (phase === "train" || phase === "pretrain") seen[ranks.rank].push(`${phase} ${step} ${total}`);
          },
        },
      );
    }),
  );
  t.ok(runs[0].finished);
  t.ok(seen[0].length > 3);
  t.same(seen[1], seen[0]);
  t.same(seen[2], seen[0]);
});

const later = (x: Float32Array) => new Promise<Float32Array>((go) => setTimeout(() => go(x), 5));

t.test("averages every few steps, and checkpoints between them wait for one", async (t) => {
  const dir = t.testdir();
  const given = { ...config, train: { ...config.train, averageEvery: 4 } };
  const stop = abortAt(({ phase, step }) => phase === "train" && step === 5);
  const [run] = await Promise.all(
    ranksInMemory(2).map((ranks) =>
      train(given, { out: join(dir, "apart"), ranks, ...(ranks.rank === 0 ? stop : {}) }),
    ),
  );
  t.match(listCheckpoints(run).at(-1), { step: 12 }, "4 of pre-training, 8 of training");
});

t.test("what ranks must share", async (t) => {
  const dir = t.testdir();
  const [first] = ranksInMemory(1);
  await t.rejects(train(config, { out: join(dir, "odd"), ranks: { ...first, size: 3 } }), {
    code: "invalid-config",
    message: /pretrain\.batch is 8, which 3 processes cannot share out equally \(expected a multiple of 3\)/,
  });
  t.notOk(existsSync(join(dir, "odd")), "nothing was written");
  await t.rejects(train(config, { ranks: first, isolate: "thread" }), { code: "invalid-option" });
  await t.rejects(train(config, { batchPerRank: true }), { code: "invalid-option" });
  await t.rejects(trainAlong({ ranks: first }), { code: "invalid-option" });
  const images = (value: number) => [{ width: 16, height: 16, data: new Uint8Array(768).fill(value) }];
  const own = { ...config, data: { kind: "custom", size: 16 } } as const;
  const trainings = ranksInMemory(2).map((ranks) =>
    train(own, {
      out: join(dir, "own"),
      ranks,
      images: Array.from({ length: 8 + ranks.rank }, () => images(0)[0]),
    }),
  );
  // Rank 0 waits for the other: nothing ends it here, as `abort` does.
  await t.rejects(Promise.race(trainings), {
    code: "invalid-data",
    message: /the training images on host-1 \(9 images\) are not those on host-0 \(8 images\)/,
  });
});
