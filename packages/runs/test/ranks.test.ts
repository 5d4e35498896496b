// A run that several ranks train: the numbers of one process, one folder, and what is agreed upon.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openRun, readLog, type TrainOptions, train, trainAlong } from "@imagefn/runs";
import { type RankInMemory, ranksInMemory } from "@imagefn/testing";
import t from "tap";
import { tiny } from "./tiny.js";

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

const stepsIn = (log: string) =>
  readLog(log).flatMap(({ phase, step, loss }) =>
    loss === undefined ? [] : [{ phase, step, loss: loss as number }],
  );

const close = (a: ReturnType<typeof stepsIn>, b: ReturnType<typeof stepsIn>) =>
  a.length === b.length &&
  a.every((x, i) => x.phase === b[i].phase && x.step === b[i].step && Math.abs(x.loss - b[i].loss) < 1e-6);

t.test("two ranks train what one does, into one folder", async (t) => {
  const dir = t.testdir();
  const one = await train(config, { out: join(dir, "one"), isolate: false });
  const [two] = await together(2, { out: join(dir, "two") });
  t.ok(two.finished);
  t.ok(close(stepsIn(two.log), stepsIn(one.log)), JSON.stringify([stepsIn(two.log), stepsIn(one.log)]));
  t.same(
    readdirSync(join(dir, "two"), { recursive: true }).sort(),
    readdirSync(join(dir, "one"), { recursive: true }).sort(),
  );
});
