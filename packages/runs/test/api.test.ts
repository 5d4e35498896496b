// Training, resuming, sampling and exporting from code: nothing printed, the same bits however it is done.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HostArray, readSafetensors } from "@imagefn/ops";
import {
  type Isolation,
  listCheckpoints,
  openRun,
  type Progress,
  type RunFolder,
  readLog,
  train,
  trainInto,
} from "@imagefn/runs";
import { PNG } from "pngjs";
import t from "tap";
import { lastPosition } from "../dist/folder/checkpoint.js";
import { abortAt, tiny } from "./tiny.js";

t.setTimeout(200_000);
const home = t.testdir();
const at = (name: string) => join(home, name);

/** Everything that is printed while `job` runs. */
async function printed<T>(job: () => Promise<T>): Promise<{ text: string; result: T }> {
  let text = "";
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const stream of streams)
    stream.write = ((part: unknown) => {
      text += String(part);
      return true;
    }) as typeof stream.write;
  try {
    const result = await job();
    return { text, result };
  } finally {
    streams.forEach((stream, i) => {
      stream.write = writes[i];
    });
  }
}

/** The numbers of a run's last checkpoint. */
const state = (run: RunFolder): Map<string, HostArray> =>
  readSafetensors(readFileSync(listCheckpoints(run).at(-1)!.path)).tensors;

/** A finished run, trained in this thread, which the others are compared with. */
const whole = await train(tiny, { out: at("whole"), isolate: false });

t.test("train gives a finished run, tells its progress and prints nothing", async (t) => {
  const seen: Progress[] = [];
  const messages: string[] = [];
  const { text, result: run } = await printed(() =>
    train(tiny, {
      out: at("thread"),
      onProgress: (progress) => seen.push(progress),
      onMessage: (message) => messages.push(message),
    }),
  );
  t.equal(text, "");
  t.equal(run.finished, true);
  t.equal(run.path, at("thread"));
  t.same(state(run), state(whole), "a thread computes what the caller's thread does");
  t.same([...new Set(seen.map(({ phase }) => phase))].slice(-3), ["pretrain", "train", "sample"]);
  t.match(
    seen.findLast(({ phase }) => phase === "train"),
    { step: 6, total: 6, loss: Number },
  );
  t.match(messages[0], /^60 images to train on, 4 held out, 0\.0\d M parameters, engine onnx/);
  for (const part of ["samples/16x16.png", "functions/sample-0004.safetensors", "config.yaml"])
    t.ok(existsSync(join(at("thread"), part)), part);
});

for (const isolate of ["thread", "process", false] as (Isolation | false)[])
  t.test(`isolate ${isolate}: stopped in training and resumed, it ends with the same bits`, async (t) => {
    const out = at(`stopped-${isolate}`);
    const stopped = await train(tiny, { out, isolate, ...abortAt(({ phase }) => phase === "train") });
    t.equal(stopped.finished, false);
    t.ok(listCheckpoints(stopped).length > 0, "there is a checkpoint");
    const resumed = await stopped.resume({ isolate });
    t.equal(resumed.finished, true);
    t.same(state(resumed), state(whole));
    t.same(
      readFileSync(join(out, "samples/16x16.png")),
      readFileSync(join(at("whole"), "samples/16x16.png")),
    );
  });

t.test("under a time budget a stopped run goes on along its schedule, to its end", async (t) => {
  const config = { ...tiny, train: { ...tiny.train, decayFrom: 0, decayTo: 0.1, learningRate: 1e-3 } };
  const out = at("budget");
  const fits = ({ phase, step }: Progress) => phase === "train" && step === 3;
  const stopped = await train(config, { out, isolate: false, minutes: 0.2, ...abortAt(fits) });
  const { pace, step, trainSteps } = lastPosition(stopped)!;
  t.equal(step, 3);
  t.ok(pace!.progress > 0 && pace!.progress < 1, `progress ${pace!.progress}`);
  t.ok(trainSteps! > step);
  const resumed = await stopped.resume({ isolate: false });
  t.equal(resumed.finished, true);
  t.match(lastPosition(resumed), { pace: { progress: 1 } });
  const lines = readLog(resumed.log).filter(({ phase, loss }) => phase === "train" && loss !== undefined);
  const rates = lines.map(({ learningRate }) => Number(learningRate));
  t.ok(
    rates.every((rate, i) => i === 0 || rate <= rates[i - 1]),
    "the learning rate only falls",
  );
  const last = lines.at(-1)!;
  t.ok(Number(last.learningRate) < 4e-4, `and ends low: ${last.learningRate}`);
  t.equal(last.total, last.step);
});

t.test(
  "what aborts before the first step leaves nothing of its own, and nothing of anybody else's",
  async (t) => {
    for (const isolate of ["thread", false] as const) {
      const out = at(`never-${isolate}`);
      const inData = abortAt(({ phase }) => phase === "data");
      // Other images than those that are prepared already.
      const config = { ...tiny, data: { ...tiny.data, count: isolate ? 65 : 66 } };
      await t.rejects(train(config, { out, isolate, ...inData }), { name: "AbortError" });
      t.notOk(existsSync(out), `${isolate}: the folder is gone`);
    }
    const mine = at("mine");
    const kept = t.testdir({});
    await t.rejects(
      train(tiny, {
        out: kept,
        onStart(folder) {
          writeFileSync(join(folder.path, "notes.txt"), "mine");
          throw new Error("no");
        },
      }),
      { message: "no" },
    );
    t.same(readdirSync(kept), ["notes.txt"], "a file of the user's stays, and its folder");
    await t.rejects(train(tiny, { out: mine, signal: AbortSignal.abort() }), { name: "AbortError" });
    t.notOk(existsSync(mine));
  },
);

t.test("errors have codes, and name fields instead of flags", async (t) => {
  await t.rejects(train(tiny, { out: at("whole") }), { code: "run-exists", details: { path: at("whole") } });
  await t.rejects(train({ preset: "avatars-tyni" as string }), {
    code: "unknown-preset",
    message: /did you mean avatars-tiny/,
  });
  await t.rejects(train({ preset: "folder64-tiny" }), {
    code: "missing-data-path",
    message: /^data\.path is missing: data\.kind folder needs the folder of the training images\.$/,
  });
  await t.rejects(train("avatars-tiny", { data: at("absent") as string, steps: 0 as number, seed: -1 }), {
    code: "invalid-config",
    message: /the options of train: seed is -1/,
  });
  await t.rejects(openRun(at("absent")), { code: "not-a-run" });
  const run = await openRun(at("whole"));
  await t.rejects(run.sample({ class: "thumbs" }), { code: "invalid-option", details: { option: "class" } });
  await t.rejects(run.sample({ ema: 0.123 }), { code: "not-in-run", details: { option: "ema" } });
  await t.rejects(run.draw({ steps: 2, saveFunctions: true }), {
    code: "invalid-option",
    message: /^saveFunctions: steps 2 gives images/,
  });
});

t.test("samples depend on the seed, their number and nothing else", async (t) => {
  const run = await openRun(at("whole"));
  const all = await run.sample({ count: 20, seed: 3 });
  const [last] = await run.sample({ count: 1, first: 19, seed: 3 });
  t.same(all[19].layers, last.layers);
  t.equal(all.length, 20);
  t.notSame((await run.sample({ count: 1, seed: 4 }))[0].layers, all[0].layers);
  const [image] = await run.images({ count: 1, seed: 3 });
  t.same(image.shape, [3, 16, 16]);
});

t.test("pictures and models are written, and their paths returned", async (t) => {
  const run = await openRun(at("whole"));
  const pictures = await run.draw({ count: 2, sizes: [[24, 16]], out: at("drawn"), separate: true });
  t.same(
    pictures.map((path) => PNG.sync.read(readFileSync(path))).map(({ width, height }) => [width, height]),
    [
      [24, 16],
      [24, 16],
    ],
  );
  const { path, about } = await run.export({ what: "function", size: [8, 8], out: at("one.onnx") });
  t.match(about, /coordinates \[64, 2\]/);
  t.ok(existsSync(path));
});

t.test("a generator of images gives images, and no functions", async (t) => {
  const run = await train({ ...tiny, generator: { ...tiny.generator, kind: "unet" } }, { out: at("unet") });
  await t.rejects(run.sample({ count: 1 }), { code: "no-functions" });
  t.equal((await run.images({ count: 3 })).length, 3);
});

t.test(
  "trainInto goes on where it stopped, leaves alone what is finished, and refuses other settings",
  async (t) => {
    const config = whole.config;
    const folder = at("into");
    const { signal, onProgress } = abortAt(({ phase }) => phase === "train");
    await t.rejects(trainInto(folder, config, { signal, onProgress }), { name: "AbortError" });
    await trainInto(folder, config);
    const run = await openRun(folder);
    t.equal(run.finished, true);
    t.same(state(run), state(whole));
    t.ok(Number(readLog(run.log).findLast(({ peakMemoryMiB }) => peakMemoryMiB)?.peakMemoryMiB) > 50);
    const before = readLog(run.log).length;
    await trainInto(folder, config);
    t.equal(readLog(run.log).length, before, "nothing was trained");
    await t.rejects(trainInto(folder, { ...config, seed: 9 }), { code: "other-settings" });
    rmSync(folder, { recursive: true });
  },
);
