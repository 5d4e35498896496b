// One of the processes of a run under mpirun, of which rank 1 has a fault: `nan`, `drift` or `slow`.
import { setTimeout as wait } from "node:timers/promises";
import { joinMpi } from "@imagefn/distributed";
import { type PartialConfig, train } from "@imagefn/runs";
import { tinyRun } from "@imagefn/testing/tinyRun";

const [fault, out, minutes] = process.argv.slice(2);
const ranks = await joinMpi({ patience: 60 });

let sums = 0;
async function sum(values: Parameters<typeof ranks.sum>[0]): Promise<void> {
  if (ranks.rank === 1 && fault === "slow") await wait(20);
  // Gradients and loss of the fourth step after pre-training, and so after a checkpoint.
  const spoils = ranks.rank === 1 && values instanceof Float32Array && ++sums === 8;
  if (spoils && fault === "nan") values.fill(Number.NaN);
  await ranks.sum(values);
  if (spoils && fault === "drift") values[0] += 1e-3;
}

const steps: string[] = [];
const config = {
  ...tinyRun,
  ...(minutes ? { budget: { minutes: Number(minutes) }, train: { batch: 4, emaRates: [0.9] } } : {}),
};
try {
  await train(config as unknown as PartialConfig, {
    out,
    ranks: new Proxy(ranks, { get: (target, key) => (key === "sum" ? sum : Reflect.get(target, key)) }),
    onProgress({ phase, step, total }) {
      if (phase === "train" || phase === "pretrain") steps.push(`${phase} ${step} ${total}`);
      if (ranks.rank === 0 && phase === "pretrain") process.stdout.write(`step ${step}\n`);
    },
  });
  process.stdout.write(`${JSON.stringify({ rank: ranks.rank, steps })}\n`);
  await ranks.close();
} catch (error) {
  await ranks.abort((error as Error).message);
}
