// A run that was killed before its first checkpoint begins again when it is resumed.
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "@imagefn/ops";
import {
  createRunFolder,
  listCheckpoints,
  openRun,
  type RunFolder,
  readLog,
  resolveConfig,
  train,
} from "@imagefn/runs";
import t from "tap";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const config = { ...tiny, logs: ["csv", "tensorboard"] } as const;
const whole = await train(config, { out: join(home, "whole"), isolate: false });

const numbers = (run: RunFolder) => readSafetensors(readFileSync(listCheckpoints(run).at(-1)!.path)).tensors;
const steps = (run: RunFolder) => readLog(run.log).map(({ phase, step }) => `${phase} ${step}`);

t.test("as if it had not been started before", async (t) => {
  const killed = await createRunFolder(resolveConfig(config), { out: join(home, "killed") });
  appendFileSync(killed.log, '{"phase":"pretrain","step":1,"loss":5}\n{"phase":"pre');
  writeFileSync(join(killed.path, "log.csv"), "phase,step\npretrain,1\n");
  writeFileSync(join(killed.checkpoints, ".step-00000001.safetensors.999999999-0.tmp"), "half of it");
  const messages: string[] = [];
  const run = await (await openRun(killed.path)).resume({
    isolate: false,
    onMessage: (text) => void messages.push(text),
  });
  t.ok(messages.some((text) => /no checkpoint yet: training begins at its first step/.test(text)));
  t.equal(run.finished, true);
  t.same(numbers(run), numbers(whole), "every number");
  t.ok(existsSync(join(run.samples, "data.png")));
  t.same(steps(run).slice(-1), steps(whole).slice(-1));
  t.notMatch(readFileSync(run.log, "utf8"), /"loss":5\b/, "nothing of the lost steps is in the log");
  const header = (run: RunFolder) => readFileSync(join(run.path, "log.csv"), "utf8").split("\n")[0];
  t.equal(header(run), header(whole));
});

t.test("a finished run whose checkpoints were removed is left as it is", async (t) => {
  const grid = join(whole.samples, "16x16.png");
  const before = readFileSync(grid);
  rmSync(whole.checkpoints, { recursive: true });
  await t.rejects((await openRun(whole.path)).resume({ isolate: false }), {
    code: "no-checkpoint",
    message: /or its checkpoints were removed/,
  });
  t.same(readFileSync(grid), before);
});
