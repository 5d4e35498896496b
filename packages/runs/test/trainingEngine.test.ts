// The engine that `auto` takes for training: measured on its steps, once for the same machine and settings, and not for
// short jobs.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Engine, onnxEngine, type Trial } from "@imagefn/ops";
import { type ConfigInput, networkOf, resolveConfig } from "@imagefn/runs";
import t from "tap";
// Not public, hence from the built package.
import { distanceOf } from "../dist/distances.js";
import { measuredJobs } from "../dist/engine/measured.js";
import { samplingEngine } from "../dist/engine/rememberedEngine.js";
import { trainingEngine } from "../dist/engine/trainingEngine.js";
import { tiny } from "./tiny.js";

const onnx = await onnxEngine({ threads: 1 });

async function jobOf(changes: ConfigInput) {
  const config = resolveConfig({ ...tiny, engine: { name: "auto", threads: 1 }, ...changes } as ConfigInput);
  const { size } = config.data;
  const images = (batch: number) => () => ({ images: new Float32Array(batch * 3 * size * size).fill(0.5) });
  return {
    config,
    generator: networkOf(config, 0),
    data: { batches: images, count: 60 },
    distance: await distanceOf(config),
  };
}

/** A machine with a GPU, on which onnx wins; it notes what its trials gave. */
function machine(folder: string, name = "A GPU", software = false) {
  const losses: number[][] = [];
  const measure = async (start: (engine: Engine) => Promise<Trial>) => {
    const trial = await start(onnx);
    losses.push([await trial.run(0), await trial.run(1)]);
    await trial.dispose();
    const times = [
      { name: "onnx", seconds: 0.01, startSeconds: 0.5 },
      { name: "onnx:webgpu", problem: "has not started after 20 seconds" },
    ];
    return { engine: onnx, why: "10.0 ms a run, onnx:webgpu has not started after 20 seconds", times };
  };
  const choose = async (changes: ConfigInput) =>
    trainingEngine(await jobOf(changes), () => {}, {
      folder,
      adapterHere: async () => ({ name, software }),
      measure,
    });
  return { losses, choose };
}

t.test("long training is measured once for each machine and network", async (t) => {
  const folder = join(t.testdir(), "cache");
  const { losses, choose } = machine(folder);
  const long = { train: { ...tiny.train, steps: 5000 } } as ConfigInput;
  const first = await choose(long);
  t.equal(first.engine.name, "onnx");
  t.equal(first.why, "10.0 ms a run, onnx:webgpu has not started after 20 seconds");
  t.ok(losses.length === 1 && losses[0].every((loss) => loss > 0), "on its own steps");
  const again = await choose({ train: { ...tiny.train, steps: 9000 } } as ConfigInput);
  t.match(
    again.why,
    /^10\.0 ms a run, onnx:webgpu has not started after 20 seconds, measured on \d{4}-\d\d-\d\d$/,
  );
  t.equal(losses.length, 1, "the number of steps makes no difference");
  await choose({ train: { ...tiny.train, steps: 5000, batch: 2 } } as ConfigInput);
  t.equal(losses.length, 2, "a batch does");

  const { config } = await jobOf(long);
  const places = { folder, adapterHere: async () => ({ name: "A GPU", software: false }) };
  const many = await samplingEngine(config, 1000, places);
  t.equal(many.why, again.why, "many samples are made on what training was measured on");
  const few = await samplingEngine(config, 999, places);
  t.notMatch(few.why, /measured on/, "few are not");

  await machine(folder, "Another GPU").choose(long);
  t.equal(Object.keys(measuredJobs(folder)).length, 3, "and an adapter");
  t.match(Object.values(measuredJobs(folder))[0], { adapter: "A GPU", job: "func, 16 x 16, batch 4" });

  writeFileSync(join(folder, "engines.json"), "{ no JSON");
  await choose(long);
  t.equal(losses.length, 3, "a broken file counts as none");
});

t.test("short training, other names and machines without a GPU are not", async (t) => {
  const folder = t.testdir();
  const { losses, choose } = machine(folder);
  await choose({ train: { ...tiny.train, steps: 999 } } as ConfigInput);
  await choose({ budget: { minutes: 4 } } as ConfigInput);
  await choose({
    train: { ...tiny.train, steps: 5000 },
    engine: { name: "onnx", threads: 1 },
  } as ConfigInput);
  const software = machine(folder, "SwiftShader", true);
  await software.choose({ train: { ...tiny.train, steps: 5000 } } as ConfigInput);
  t.same([losses, software.losses, measuredJobs(folder)], [[], [], {}]);
});
