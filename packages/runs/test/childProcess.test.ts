// Training in a process of its own: what it prints, how it ends when its caller is killed, and what its caller hears when
// it is killed itself.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ImagefnError } from "@imagefn/base";
import { listCheckpoints, openRun, train, trainInto } from "@imagefn/runs";
import t from "tap";
import { trainIsolated } from "../dist/training/isolate.js";
import { packError, unpackError } from "../dist/training/packedError.js";
import { tiny } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir();
const at = (name: string) => join(home, name);
const preload = `--import=${new URL("./remotePreload.js", import.meta.url)}`;
const long = { ...tiny, train: { ...tiny.train, steps: 100_000 } };

/** The number of the process that trains. */
const pidIn = (file: string) => Number(readFileSync(file, "utf8"));

/** Whether a process is there; one that has ended and that nobody has asked for yet is not. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(
      existsSync("/proc/self/stat") ? readFileSync(`/proc/${pid}/stat`, "utf8") : "",
    );
  } catch {
    return false;
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (holds()) return;
    await wait(50);
  }
  throw new Error(`${what} did not happen`);
}

/** Starts the program of caller.ts. */
function caller(out: string, steps: number, pidFile: string) {
  const args = [fileURLToPath(new URL("./caller.js", import.meta.url)), out, String(steps)];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: preload, IMAGEFN_TEST_PID: pidFile },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said = { text: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    said.text += text;
  });
  return { child, said, closed: new Promise((resolve) => child.on("close", resolve)) };
}

t.test("what libraries print there does not reach the caller's stdout", async (t) => {
  const { said, closed } = caller(at("quiet"), 6, at("quiet.pid"));
  t.equal(await closed, 0);
  t.ok(existsSync(at("quiet.pid")), "the process that trains has printed");
  t.equal(said.text, "training\ndone\n");
});

t.test("a caller that is killed leaves a checkpoint and no orphan", async (t) => {
  const { child, said, closed } = caller(at("orphan"), 100_000, at("orphan.pid"));
  await until(() => said.text.includes("training"), "training");
  const pid = pidIn(at("orphan.pid"));
  t.ok(runs(pid));
  child.kill("SIGKILL");
  await closed;
  await until(() => !runs(pid), "the end of the process that trains");
  const run = await openRun(at("orphan"));
  t.match(listCheckpoints(run).at(-1)?.step, Number);
  t.ok(listCheckpoints(run).at(-1)!.step > 4, "a checkpoint of training itself");
});

/** Trains while NODE_OPTIONS loads the preload, and sends the process that trains a signal. */
async function killed(
  signal: NodeJS.Signals,
  pidFile: string,
  job: (onProgress: () => void) => Promise<unknown>,
) {
  const { NODE_OPTIONS } = process.env;
  Object.assign(process.env, { NODE_OPTIONS: preload, IMAGEFN_TEST_PID: pidFile });
  let sent = false;
  try {
    return await job(() => {
      if (!sent) process.kill(pidIn(pidFile), signal);
      sent = true;
    });
  } finally {
    if (NODE_OPTIONS === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = NODE_OPTIONS;
  }
}

t.test("a process that is killed, or stopped from outside", async (t) => {
  const crash = killed("SIGKILL", at("crash.pid"), (onProgress) =>
    train(long, { out: at("crash"), isolate: "process", onProgress }),
  );
  await t.rejects(crash, { message: /^the training process ended unexpectedly \(SIGKILL/ });
  const stopped = await killed("SIGTERM", at("term.pid"), (onProgress) =>
    train(long, { out: at("term"), isolate: "process", onProgress }),
  );
  t.match(stopped, { finished: false });
  t.equal(listCheckpoints(await openRun(at("term"))).length, 1);
  const { config } = await openRun(at("term"));
  const job = killed("SIGTERM", at("into.pid"), (onProgress) =>
    trainInto(at("into"), config, { onProgress }),
  );
  await t.rejects(job, {
    code: "training-failed",
    message: /into was stopped from outside, with a checkpoint/,
    details: { path: at("into") },
  });
});

t.test("errors of a thread or process keep code, details and path", async (t) => {
  const run = await openRun(at("quiet"));
  const gone = { ...run, path: at("gone") };
  const listener = { progress() {}, message() {} };
  const { signal } = new AbortController();
  for (const isolation of ["thread", "process"] as const)
    await t.rejects(trainIsolated(isolation, gone, listener, { resume: false, signal }), {
      name: "ImagefnError",
      code: "not-a-run",
      details: { path: at("gone") },
    });
  const own = new ImagefnError("diverged", "no", { path: "a", checkpoint: undefined });
  t.match(unpackError(structuredClone(packError(own))), { ...own, message: "no", stack: own.stack });
  const full = Object.assign(new Error("full"), { code: "ENOSPC", path: "a.png" });
  t.match(unpackError(structuredClone(packError(full))), { message: "full", code: "ENOSPC", path: "a.png" });
  t.match(unpackError(packError("text")), { message: "text" });
});
