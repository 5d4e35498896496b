// What training on several processes costs: the step in two programs beside the step in one, and two processes under mpirun with
// one thread each beside one process with two threads. The sides take turns. Prints one line of JSON for each comparison.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { consistencyTrainer } from "@imagefn/consistency";
import { joinMpi } from "@imagefn/distributed";
import { onnxEngine, random } from "@imagefn/ops";
import { clock, median } from "./measure.mjs";
import { generatorOf } from "./training.mjs";

const { values: flags } = parseArgs({
  options: {
    configs: { type: "string", default: "a,b" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "10" },
    warmup: { type: "string", default: "2" },
    // Of the processes that this one starts.
    side: { type: "string" },
    config: { type: "string" },
    threads: { type: "string", default: "1" },
  },
});
const configs = JSON.parse(readFileSync(new URL("configs.json", import.meta.url), "utf8"));
const self = fileURLToPath(import.meta.url);

/** A process that would train with another one, but for the exchange: its share of a batch twice as large is the batch. */
const halved = { rank: 0, size: 2, async sum() {} };

if (flags.side) await measure();
else for (const config of flags.configs.split(",")) compare(config);

async function measure() {
  const { side, config, threads, steps, warmup } = flags;
  const c = configs[config];
  const ranks = side === "ranks" ? await joinMpi() : side === "split" ? halved : undefined;
  const batch = side === "split" ? 2 * c.batch : c.batch;
  const generator = generatorOf(c);
  const images = random(1)
    .uniform(batch * 3 * c.imageSize ** 2)
    .map((u) => 2 * u - 1);
  const engine = await onnxEngine({ threads: Number(threads) });
  const trainer = await consistencyTrainer(
    { engine, generator, batch, data: () => ({ images }), emaRates: [0.9999], ranks },
    generator.init(random(0)),
  );
  let k = 0;
  const cpus = [];
  const step = async () => {
    const before = process.cpuUsage();
    await trainer.step(k++, 1000);
    const { user, system } = process.cpuUsage(before);
    cpus.push((user + system) / 1000);
  };
  const times = await clock(step, Number(steps), Number(warmup));
  if (!(ranks?.rank > 0))
    console.log(
      JSON.stringify({
        ms: median(times),
        bestMs: Math.min(...times),
        cpuMs: median(cpus.slice(Number(warmup))),
        bestCpuMs: Math.min(...cpus.slice(Number(warmup))),
        imagesPerSecond: c.batch / (median(times) / 1000),
      }),
    );
  if (side === "ranks") await ranks.close();
}

function run(side, config, threads) {
  const own = [
    self,
    ...["--side", side, "--config", config, "--threads", `${threads}`],
    ...["--steps", flags.steps, "--warmup", flags.warmup],
  ];
  const [command, args] =
    side === "ranks"
      ? ["mpirun", ["-n", "2", "--bind-to", "none", "--oversubscribe", process.execPath, ...own]]
      : [process.execPath, own];
  const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", env });
  if (status !== 0) throw new Error(`bench: ${side} of ${config} failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

function compare(config) {
  const sides = { whole: [], split: [], threads: [], ranks: [] };
  for (let i = 0; i < Number(flags.rounds); i++) {
    sides.whole.push(run("whole", config, 1));
    sides.split.push(run("split", config, 1));
    sides.threads.push(run("whole", config, 2));
    sides.ranks.push(run("ranks", config, 1));
  }
  const of = (side, key) => median(sides[side].map((one) => one[key]));
  const best = (side, key) => Math.min(...sides[side].map((one) => one[key]));
  const ratio = (a, b) => Number((a / b).toFixed(4));
  console.log(
    JSON.stringify({
      config,
      split: {
        cpu: ratio(of("split", "cpuMs"), of("whole", "cpuMs")),
        bestCpu: ratio(best("split", "bestCpuMs"), best("whole", "bestCpuMs")),
        time: ratio(of("split", "ms"), of("whole", "ms")),
      },
      ranks: {
        imagesPerSecond: of("ranks", "imagesPerSecond"),
        ofThreads: ratio(of("ranks", "imagesPerSecond"), of("threads", "imagesPerSecond")),
        best: ratio(best("threads", "bestMs"), best("ranks", "bestMs")),
      },
      sides,
    }),
  );
}
