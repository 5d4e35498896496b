// What trains: WebAssembly on the CPU, or WebGPU. A GPU has to compute the losses that the CPU does for its first steps, and
// unless it was asked for, to be faster.
import type { Trainer } from "@imagefn/consistency";
import { compareEngines, type Engine, type EngineTime, fastest, findAdapter } from "@imagefn/ops";
import type { Processor } from "../about.js";
import type { Post } from "./asked.js";
import { cpuEngine, gpuEngine } from "./pageEngine.js";

export interface Choice {
  readonly processor: Processor;
  /** Threads of the CPU, as a configuration has them. */
  readonly threads: number;
  /** The step that the training begins with. */
  readonly first: { readonly k: number; readonly K: number; readonly at?: number };
  /** The trainer of the training to come. */
  make(engine: Engine): Promise<Trainer>;
  readonly post: Post;
}

/** What trains, with the trainer as it was made. */
export interface Chosen {
  readonly engine: Engine;
  readonly trainer: Trainer;
}

/** Seconds until the third step must be done. Those who ask for a GPU have more patience. */
const patience = (processor: Processor) => ({ start: processor === "gpu" ? 120 : 20, seconds: 0.5 });

/** The processor that is asked for; the CPU if that does not work here. The page is told which, and why. */
export async function chosenProcessor(choice: Choice): Promise<Chosen> {
  const { processor, threads, make, post } = choice;
  const cpu = await cpuEngine(threads);
  const onCpu = async (why?: string, trainer?: Trainer): Promise<Chosen> => {
    if (processor === "gpu") post({ kind: "warning", text: `The GPU ${why}: training on the CPU instead.` });
    const reason = processor === "auto" && why ? `: the GPU ${why}` : "";
    post({ kind: "engine", gpu: false, text: `Trains by ${cpu.title}${reason}.` });
    return { engine: cpu.engine, trainer: trainer ?? (await make(cpu.engine)) };
  };
  const adapter = processor === "cpu" ? undefined : await findAdapter();
  if (adapter === undefined || (processor === "auto" && ("missing" in adapter || adapter.software)))
    return onCpu();
  if ("missing" in adapter) return onCpu(`cannot be used (${adapter.missing})`);

  const { times, trainers } = await measured(cpu.engine, choice);
  const [byCpu, byGpu] = times;
  // A slow one has a time; one that fails, or computes other numbers, has none.
  const isGpu = processor === "gpu" ? byGpu.seconds !== undefined : fastest(times) === byGpu;
  await trainers.get(isGpu ? byCpu.name : byGpu.name)?.trainer.dispose();
  if (!isGpu) return onCpu(whyNot(byGpu, byCpu), trainers.get(byCpu.name)!.trainer);
  const text = `Trains on the GPU, ${adapter.name}: ${ms(byGpu)} a step, the CPU ${ms(byCpu)}.`;
  post({ kind: "engine", gpu: true, text });
  return trainers.get(byGpu.name)!;
}

const ms = ({ seconds }: EngineTime): string => `${(1000 * seconds!).toPrecision(3)} ms`;

/** Why a GPU is not used, as what it does. */
function whyNot(gpu: EngineTime, cpu: EngineTime): string {
  const { problem } = gpu;
  if (problem === undefined) return `takes ${ms(gpu)} a step, the CPU ${ms(cpu)}`;
  if (/^(computes|has not|is more) /.test(problem)) return problem;
  return `does not work (${problem.replace(/^ops: gpujs:webgpu: /, "").split(";")[0]})`;
}

/** The times of both engines, and their trainers, which are as they were before. */
async function measured(
  cpu: Engine,
  { processor, first: { k, K, at }, make }: Choice,
): Promise<{ times: EngineTime[]; trainers: ReadonlyMap<string, Chosen> }> {
  const trainers = new Map<string, Chosen>();
  const candidates = [
    { name: cpu.name, open: async () => cpu },
    { name: "gpujs:webgpu", open: gpuEngine },
  ];
  let isOver = false;
  const start = async (engine: Engine) => {
    const trainer = await make(engine);
    if (isOver) await trainer.dispose();
    else trainers.set(engine.name, { engine, trainer });
    const initial = await trainer.read();
    return {
      run: async (i: number) => (await trainer.step(k + i, K, at)).loss,
      // It stays, since one of them is about to train.
      dispose: () => trainer.write(initial),
    };
  };
  const times = await compareEngines(candidates, start, patience(processor));
  isOver = true;
  return { times, trainers };
}
