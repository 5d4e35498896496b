// A terminal that closes, a reader that goes away, a disk behind standard error that is full: none of them ends a training.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { checkpoints, executable, positionOf, yamlOf } from "./tiny.js";

t.setTimeout(120_000);
const skip = process.platform === "win32" && "needs a POSIX shell";
const long = { steps: 20_000, batch: 4, emaRates: [0.9, 0.5] };
const home = t.testdir({
  "tiny.yaml": yamlOf({ pretrain: { steps: 4, batch: 4 }, train: { ...long, steps: 40 } }),
  "long.yaml": yamlOf({ pretrain: { steps: 0 }, train: long }),
});
const [command, args] = executable(["train"]);
const last = (run: string) => positionOf(checkpoints(join(home, run)).at(-1)!);

t.test("standard error that cannot be written", { skip }, async (t) => {
  const shell = (line: string) => spawnSync("sh", ["-c", line, command, ...args], { cwd: home });
  shell('"$0" "$@" tiny.yaml --out head 2>&1 | head -1');
  t.match(last("head"), { phase: "train", step: 40 });
  if (existsSync("/dev/full")) {
    t.equal(shell('"$0" "$@" tiny.yaml --out full 2>/dev/full').status, 0);
    t.match(last("full"), { phase: "train", step: 40 });
  }
});

for (const signal of ["SIGHUP", "SIGTERM"] as const)
  t.test(`${signal} stops with a checkpoint, like Ctrl-C`, { skip }, async (t) => {
    const run = signal.toLowerCase();
    const child = spawn(command, [...args, "long.yaml", "--out", run], {
      cwd: home,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let heard = "";
    child.stderr!.setEncoding("utf8").on("data", (text) => {
      if (!/\ntrain +\d/.test(heard) && /\ntrain +\d/.test(heard + text)) child.kill(signal);
      heard += text;
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    t.equal(status, 130, heard);
    t.match(heard, /stopping after this step, with a checkpoint/);
    const { phase, step } = last(run);
    t.equal(phase, "train");
    t.ok(step > 0 && step < long.steps, `${step}`);
  });
