// Run folders: layout, refusing to overwrite, atomic writes, logs, checkpoints.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { removeAbandoned, writeAtomic } from "@imagefn/base";
import {
  createRunFolder,
  listCheckpoints,
  openLog,
  openRunFolder,
  readLog,
  resolveConfig,
} from "@imagefn/runs";
import t from "tap";
import { readCheckpoint } from "../dist/folder/checkpoint.js";
import { checkpointPath, latestCheckpoint, saveCheckpoint } from "../dist/folder/checkpoints.js";

const config = resolveConfig({ preset: "avatars-tiny", checkpoint: { keep: 2 } });
const now = new Date(2026, 0, 2, 3, 4, 5);

t.test("a run folder by default is runs/<name>-<time>, and a taken name gets a number", async (t) => {
  const home = process.cwd();
  process.chdir(t.testdir());
  t.teardown(() => process.chdir(home));
  const run = await createRunFolder(config, { now });
  t.equal(run.path, join("runs", "avatars-tiny-20260102-030405"));
  t.same(readdirSync(run.path).sort(), [
    "checkpoints",
    "config.yaml",
    "functions",
    "imagefn.schema.json",
    "samples",
  ]);
  t.equal((await createRunFolder(config, { now })).path, `${run.path}-2`);
});

t.test("config.yaml holds the resolved configuration under the command and versions", async (t) => {
  const out = join(t.testdir(), "deep", "run");
  await createRunFolder(config, {
    out,
    now,
    command: "imagefn train",
    versions: { "onnxruntime-node": "1.30.0" },
  });
  const text = readFileSync(join(out, "config.yaml"), "utf8");
  t.match(
    text,
    /^# yaml-language-server: .*\n# Command: imagefn train\n# Versions: imagefn \d+\.\d+\.\d+, Node \d+.*, onnxruntime-node 1\.30\.0\n/,
  );
  t.same(openRunFolder(out).config, config);
});

t.test("nothing is overwritten", async (t) => {
  const out = join(t.testdir({ other: { "a.txt": "a" }, file: "b" }), "run");
  await createRunFolder(config, { out });
  await t.rejects(createRunFolder(config, { out }), {
    code: "run-exists",
    message: /already contains a run/,
  });
  await t.rejects(createRunFolder(config, { out: join(out, "..", "other") }), {
    message: /not an empty folder/,
  });
  await t.rejects(createRunFolder(config, { out: join(out, "..", "file") }), {
    message: /not an empty folder/,
  });
});

t.test("what a killed run leaves before its config.yaml is in nobody's way", async (t) => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const temporary = `.config.yaml.${pid}-0.tmp`;
  const lock = JSON.stringify({ pid, host: hostname() });
  const home = t.testdir({
    first: { ".lock": lock },
    folders: { checkpoints: {}, samples: {} },
    last: { ".lock": lock, checkpoints: {}, samples: {}, functions: {}, [temporary]: "name: av" },
    mine: { samples: { "a.png": "a" } },
    hidden: { ".notes": "a" },
  });
  for (const name of ["first", "folders", "last"]) {
    const run = await createRunFolder(config, { out: join(home, name) });
    t.same(
      readdirSync(run.path).sort(),
      ["checkpoints", "config.yaml", "functions", "imagefn.schema.json", "samples"],
      name,
    );
    t.same(openRunFolder(run.path).config, config);
  }
  for (const name of ["mine", "hidden"])
    await t.rejects(createRunFolder(config, { out: join(home, name) }), { code: "folder-not-empty" }, name);
});

t.test("a folder in which a process is making a run is left to it", async (t) => {
  const lock = JSON.stringify({ pid: process.ppid, host: hostname() });
  const home = t.testdir({ run: { ".lock": lock, checkpoints: {} } });
  const out = join(home, "run");
  await t.rejects(createRunFolder(config, { out }), { code: "busy", details: { pid: process.ppid } });
  t.same(readdirSync(out), [".lock", "checkpoints"]);
});

t.test("of many that make a run in one folder at once, one succeeds", async (t) => {
  const out = join(t.testdir(), "run");
  const made = await Promise.allSettled(Array.from({ length: 5 }, () => createRunFolder(config, { out })));
  t.equal(made.filter(({ status }) => status === "fulfilled").length, 1);
  for (const one of made) if (one.status === "rejected") t.match(one.reason.code, /^(busy|run-exists)$/);
  t.same(openRunFolder(out).config, config);
});

t.test("temporary files that nobody writes any longer are removed, others are not", async (t) => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const folder = t.testdir({
    [`.a.png.${pid}-0.tmp`]: "of a process that is gone",
    [`.b.png.${process.pid}-99999.tmp`]: "of a thread that is gone",
    [`.c.png.${process.ppid}-0.tmp`]: "of another process",
    ".mine.tmp": "of something else",
  });
  await writeAtomic(join(folder, "d.bin"), async (handle) => {
    removeAbandoned(folder);
    await handle.write("whole");
  });
  t.same(readdirSync(folder).sort(), [`.c.png.${process.ppid}-0.tmp`, ".mine.tmp", "d.bin"]);
  removeAbandoned(join(folder, "nowhere"));
});

t.test(
  "a place that takes no folders says so at once",
  { skip: process.platform !== "linux" && "needs /proc" },
  async (t) => {
    await t.rejects(createRunFolder(config, { out: "/proc/nowhere/run" }), { code: "ENOENT" });
  },
);

t.test("opening what is no run folder says so", async (t) => {
  const dir = t.testdir({
    empty: {},
    broken: { "config.yaml": "a: [" },
    wrong: { "config.yaml": "sed: 1\n" },
  });
  t.throws(() => openRunFolder(join(dir, "none")), { message: /there is no run folder .*none/ });
  t.throws(() => openRunFolder(join(dir, "empty")), {
    message: /empty is not a run folder: expected .*config\.yaml/,
  });
  t.throws(() => openRunFolder(join(dir, "broken", "config.yaml")), { message: /is not a run folder/ });
  t.throws(() => openRunFolder(join(dir, "broken")), { message: /config\.yaml is not valid YAML: line/ });
  t.throws(() => openRunFolder(join(dir, "wrong")), {
    message: /config\.yaml: sed is not a field .*did you mean seed/,
  });
  await createRunFolder(config, { out: join(dir, "one") });
  t.throws(() => openRunFolder(dir), { message: /It contains runs: .*one/ });
});

t.test("writeAtomic replaces a file whole, and leaves no temporary file", async (t) => {
  const dir = t.testdir({ "a.bin": "old" });
  const path = join(dir, "a.bin");
  await writeAtomic(path, Buffer.from("new"));
  t.equal(readFileSync(path, "utf8"), "new");
  await writeAtomic(path, async (handle) => {
    await handle.write("in ");
    t.equal(readFileSync(path, "utf8"), "new", "the old content stays while the new is being written");
    await handle.write("pieces");
  });
  t.equal(readFileSync(path, "utf8"), "in pieces");
  t.same(readdirSync(dir), ["a.bin"]);
});

t.test("a write that fails half way leaves the old file and no temporary file", async (t) => {
  const dir = t.testdir({ "a.bin": "old" });
  const path = join(dir, "a.bin");
  const full = writeAtomic(path, async (handle) => {
    await handle.write("half of the ne");
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  });
  const error = await full.catch((thrown: unknown) => thrown);
  t.match(error, { code: "ENOSPC", path });
  t.equal(readFileSync(path, "utf8"), "old");
  t.same(readdirSync(dir), ["a.bin"]);
  await t.rejects(writeAtomic(join(dir, "none", "b.bin"), "x"), { code: "ENOENT" });
});

t.test("log: entries come back, a torn last line is dropped, also before appending", async (t) => {
  const path = join(t.testdir(), "log.jsonl");
  openLog(path).append({ step: 1, loss: 0.5 });
  openLog(path).append({ step: 2, loss: 0.25 });
  appendFileSync(path, '{"step":3,"lo');
  t.same(readLog(path), [
    { step: 1, loss: 0.5 },
    { step: 2, loss: 0.25 },
  ]);
  openLog(path).append({ step: 4 });
  t.same(
    readLog(path).map((entry) => entry.step),
    [1, 2, 4],
  );
  writeFileSync(path, `{"step":1}\n${"x".repeat(10_000)}`);
  openLog(path).append({ step: 2 });
  t.equal(readFileSync(path, "utf8"), '{"step":1}\n{"step":2}\n', "a long torn line goes too");
  writeFileSync(path, "torn");
  openLog(path);
  t.equal(readFileSync(path, "utf8"), "");
  writeFileSync(path, '{"step":1}\nrubbish\n{"step":2}\n');
  t.throws(() => readLog(path), { message: /log\.jsonl, line 2 is not JSON: rubbish/ });
});

t.test("files that the system cannot read are named", async (t) => {
  const run = await createRunFolder(config, { out: join(t.testdir(), "run") });
  const unreadable = (path: string) => ({ code: "EISDIR", path, message: path });
  mkdirSync(run.log);
  t.throws(() => readLog(run.log), unreadable(run.log));
  const checkpoint = checkpointPath(run, 1);
  mkdirSync(checkpoint);
  await t.rejects(readCheckpoint(run), unreadable(checkpoint), "it is not called damaged");
  const file = join(run.path, "config.yaml");
  rmSync(file);
  mkdirSync(file);
  t.throws(() => openRunFolder(run.path), unreadable(file));
});

t.test("log on a full disk", { skip: !existsSync("/dev/full") && "needs /dev/full" }, async (t) => {
  try {
    openLog("/dev/full").append({ step: 1 });
    t.fail("the write should fail");
  } catch (error) {
    t.match(error, { code: "ENOSPC", path: "/dev/full" });
  }
});

t.test("checkpoints: the latest is found and the last few are kept", async (t) => {
  const run = await createRunFolder(config, { out: join(t.testdir(), "run") });
  t.throws(() => latestCheckpoint(run), { message: /has no checkpoint: the run ended before its first one/ });
  t.equal(checkpointPath(run, 120), join(run.checkpoints, "step-00000120.safetensors"));
  for (const step of [9, 10, 100]) await saveCheckpoint(run, step, Buffer.from(`at ${step}`));
  writeFileSync(join(run.checkpoints, "notes.txt"), "mine");
  writeFileSync(join(run.checkpoints, ".step-00000101.safetensors.77-0.tmp"), "left by a killed run");
  t.same(
    listCheckpoints(run).map((checkpoint) => checkpoint.step),
    [10, 100],
  );
  t.equal(latestCheckpoint(run).step, 100);
  const saved = await saveCheckpoint(run, 200, Buffer.from("at 200"));
  t.equal(readFileSync(saved.path, "utf8"), "at 200");
  t.same(readdirSync(run.checkpoints).sort(), [
    "notes.txt",
    "step-00000100.safetensors",
    "step-00000200.safetensors",
  ]);
});

t.test("a checkpoint that cannot be written removes none of the earlier ones", async (t) => {
  const run = await createRunFolder(config, { out: join(t.testdir(), "run") });
  for (const step of [1, 2]) await saveCheckpoint(run, step, Buffer.from("x"));
  const seen: number[] = [];
  const failing = saveCheckpoint(run, 3, async (handle) => {
    await handle.write("half");
    seen.push(...listCheckpoints(run).map((checkpoint) => checkpoint.step));
    throw new Error("power cut");
  });
  await t.rejects(failing, { message: "power cut" });
  t.same(seen, [1, 2], "nothing is pruned before the new one is in place");
  t.same(readdirSync(run.checkpoints).sort(), ["step-00000001.safetensors", "step-00000002.safetensors"]);
});
