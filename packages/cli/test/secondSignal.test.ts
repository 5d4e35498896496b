// Two signals in quick succession: what is said of the checkpoint is true.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { checkpoints, executable, yamlOf } from "./tiny.js";

t.setTimeout(120_000);
const skip = process.platform === "win32" && "needs POSIX signals";
// A batch that takes seconds: the second signal arrives in the step that the first one waits for.
const home = t.testdir({
  "slow.yaml": yamlOf({
    data: { kind: "avatars", size: 16, count: 2048, heldOut: 4 },
    pretrain: { steps: 4, batch: 4 },
    train: { steps: 20_000, batch: 2000, emaRates: [0.9, 0.5] },
    checkpoint: { everySeconds: 1000 },
  }),
  "quick.yaml": yamlOf({ train: { steps: 20_000, batch: 4, emaRates: [0.9, 0.5] } }),
  "slow-first.yaml": yamlOf({
    data: { kind: "avatars", size: 16, count: 2048, heldOut: 4 },
    pretrain: { steps: 20_000, batch: 2000 },
    train: { steps: 4, batch: 4, emaRates: [0.9, 0.5] },
    checkpoint: { everySeconds: 1000 },
  }),
});
const [command, args] = executable(["train"]);

for (const [config, before] of [
  ["slow-first", false],
  ["slow", true],
] as const)
  t.test(`${config}: a second signal, ${before ? "with" : "without"} a checkpoint`, { skip }, async (t) => {
    const child = spawn(command, [...args, `${config}.yaml`, "--out", config], {
      cwd: home,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let heard = "";
    const phase = before ? /\ntrain +\d/ : /\npretrain +\d/;
    child.stderr!.setEncoding("utf8").on("data", (text) => {
      const first = !phase.test(heard) && phase.test(heard + text);
      const second = !/stopping after/.test(heard) && /stopping after/.test(heard + text);
      if (first) child.kill("SIGINT");
      // Signals at the same moment are one.
      if (second) setTimeout(() => child.kill("SIGINT"), 80);
      heard += text;
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    t.equal(status, 130, heard);
    const folder = join(home, config);
    const left = readdirSync(folder, { recursive: true }).filter((name) =>
      /\.(lock|tmp)$/.test(String(name)),
    );
    t.same(left, [], "no lock and no half-written file");
    t.equal(existsSync(folder) && checkpoints(folder).length > 0, before, heard);
    if (before) t.match(heard, /stopped at once; the last checkpoint is kept/);
    else {
      t.match(heard, /stopped at once, before the first checkpoint/);
      t.notMatch(heard, /is kept/);
    }
  });

t.test("two signals at the same moment are one, as `timeout` sends them", { skip }, async (t) => {
  const child = spawn(command, [...args, "quick.yaml", "--out", "timeout"], {
    cwd: home,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let heard = "";
  child.stderr!.setEncoding("utf8").on("data", (text) => {
    if (!/\ntrain +\d/.test(heard) && /\ntrain +\d/.test(heard + text))
      for (const signal of ["SIGTERM", "SIGTERM", "SIGCONT"] as const) child.kill(signal);
    heard += text;
  });
  const status = await new Promise((resolve) => child.on("close", resolve));
  t.equal(status, 130, heard);
  t.match(heard, /stopping after this step/);
  t.match(heard, /stopped; resume with/);
  t.equal(checkpoints(join(home, "timeout")).length, 2);
});

t.test("a signal after the last words changes nothing", { skip }, async (t) => {
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    const child = spawn(command, [...args, "quick.yaml", "--out", signal], {
      cwd: home,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let heard = "";
    let bombard: NodeJS.Timeout | undefined;
    child.stderr!.setEncoding("utf8").on("data", (text) => {
      const now = (words: RegExp) => !words.test(heard) && words.test(heard + text);
      if (now(/\ntrain +\d/)) child.kill(signal);
      if (now(/stopped; resume with/)) bombard = setInterval(() => child.kill(signal), 1);
      heard += text;
    });
    const status = await new Promise((resolve) => child.on("close", resolve));
    clearInterval(bombard);
    t.equal(status, 130, heard);
    t.match(heard, /stopped; resume with/);
    t.equal(checkpoints(join(home, signal)).length, 2);
  }
});
