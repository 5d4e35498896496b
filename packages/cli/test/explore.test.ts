// `imagefn explore` and `imagefn export --web`: what they print, how they end, what they refuse.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { avatars } from "@imagefn/avatars-model";
import { initialNoise } from "@imagefn/consistency";
import { openRun } from "@imagefn/runs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import t from "tap";
import { imagefnHere } from "./inProcess.js";
import { executable, paragraph, tinyYaml } from "./tiny.js";

t.setTimeout(120_000);
const home = t.testdir({ "tiny.yaml": tinyYaml, full: { "index.html": "mine" }, empty: {}, here: {} });
const imagefn = imagefnHere(home);
const inHome = (...path: string[]) => join(home, ...path);
/** The shipped run. */
const folder = fileURLToPath(avatars);
const bytesAt = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer());

t.before(async () => {
  const steps = "--set pretrain.steps=4 --set train.steps=6";
  for (const args of ["--out run", "--out other --generator unet"]) {
    const ended = await imagefn(`train tiny.yaml ${args} ${steps}`);
    if (ended.status !== 0) throw new Error(ended.stderr);
  }
});

t.test("explore prints its address on this machine, and ends on Ctrl-C", async (t) => {
  const child = spawn(...executable(["explore", "run"]), { cwd: home });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text) => resolve(text.trim()));
    child.on("close", () => reject(new Error(stderr)));
  });
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  t.match(await (await fetch(url)).text(), /<h1>run<\/h1>/);
  t.match(await (await fetch(`${url}run.json`)).json(), { name: "run", size: 16, step: 10 });
  t.equal((await fetch(`${url}config.yaml`)).status, 404);
  const ended = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGINT");
  t.equal(await ended, 130);
});

t.test("avatars shows image functions before anything is trained, from an empty folder", async (t) => {
  const child = spawn(...executable(["explore", "avatars"]), { cwd: inHome("empty") });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text) => resolve(text.trim()));
    child.on("close", () => reject(new Error("it ended without an address")));
  });
  const about = await (await fetch(`${url}run.json`)).json();
  t.match(about, { name: "avatars", size: 32, shape: [3, 32, 32] });
  const session = await InferenceSession.create(await bytesAt(`${url}generator.onnx`));
  const noise = initialNoise(about.seed, 2, 1, about.shape).map((z) => 80 * z);
  const outputs = await session.run({
    x: new Tensor("float32", noise, [1, ...about.shape]),
    sigma: new Tensor("float32", Float32Array.of(80), [1]),
  });
  const [face] = await (await openRun(folder)).sample({ count: 1, first: 2 });
  for (const [l, { weight }] of face.layers.entries()) {
    const data = outputs[`weight${l}`].data as Float32Array;
    t.ok(
      weight.data.every((x, i) => Math.abs(x - data[i]) < 1e-3),
      `weights of layer ${l}`,
    );
  }
  child.kill("SIGINT");
  await new Promise((resolve) => child.on("close", resolve));
  t.same(readdirSync(inHome("empty")), []);
});

t.test(
  "avatars is sampled and exported into the current folder, and its package stays as it is",
  async (t) => {
    const cwd = inHome("here");
    const before = readdirSync(folder, { recursive: true });
    const run = imagefnHere(cwd);
    const sampled = await run("sample avatars --count 4");
    t.equal(sampled.status, 0, sampled.stderr);
    const pictures = sampled.stdout.trimEnd().split("\n");
    t.equal(pictures.length, 4);
    for (const path of pictures) t.match(path, /^step\d+-seed0-count4-\d+x\d+\.png$/);
    const elsewhere = await run("sample avatars --count 1 --size 16 --out pictures --save-functions");
    t.match(elsewhere.stdout, /^pictures.step\d+-seed0-count1-16x16\.png\n$/);
    const exported = await run("export avatars --what function --seed 3");
    t.match(exported.stdout, /^function-step\d+-seed3-32x32\.onnx\n$/, exported.stderr);
    t.equal((await run("export avatars --web site")).stdout, "site\n");
    t.same(
      readdirSync(cwd)
        .filter((name) => name !== "cache")
        .sort(),
      [...pictures, exported.stdout.trim(), "pictures", "site"].sort(),
    );
    t.same(readdirSync(folder, { recursive: true }), before);
    mkdirSync(join(cwd, "avatars"));
    const own = await run("sample avatars");
    t.match(paragraph(own), /avatars is not a run folder/, "a folder of that name comes first");
  },
);

t.test("export --web writes the page's files and prints their folder", async (t) => {
  const ended = await imagefn("export run --web site");
  t.same([ended.status, ended.stdout], [0, "site\n"], ended.stderr);
  const names = readdirSync(inHome("site"));
  for (const name of ["index.html", "app.js", "generator.js", "generator.onnx", "ort.wasm", "run.json"])
    t.ok(names.includes(name), name);
  t.equal((await imagefn("export run --web site")).status, 0, "again");
});

t.test("export --studio writes the studio's files, and takes no run", async (t) => {
  const ended = await imagefn("export --studio studio");
  t.same([ended.status, ended.stdout], [0, "studio\n"], ended.stderr);
  const names = readdirSync(inHome("studio"));
  for (const name of ["index.html", "explore.html", "studio.js", "trainer.js", "avatars.bin", "ort.wasm"])
    t.ok(names.includes(name), name);
  const about = JSON.parse(readFileSync(inHome("studio", "studio.json"), "utf8"));
  t.match(about, {
    avatars: { config: { name: "studio", data: { count: 1000 } }, images: { count: 968 } },
    pictures: { config: { data: { kind: "folder", skipBroken: true } } },
  });
  for (const [args, message] of [
    ["export", /missing required argument 'run'/],
    ["export run --studio studio", /--studio takes no run, and run was given/],
    ["export --studio studio --ema 0.9", /'--studio <folder>' cannot be used with option '--ema/],
    ["export --studio studio --web site3", /'--studio <folder>' cannot be used with option '--web/],
  ] as const) {
    const ended = await imagefn(args);
    t.equal(ended.status, 2, args);
    t.match(ended.stderr, message);
  }
});

t.test("what cannot be explored is refused in words", async (t) => {
  for (const [args, status, message] of [
    ["explore other", 2, /run other trains generator\.kind unet, .* Use a run of generator\.kind func/],
    ["export other --web site2", 2, /run other trains generator\.kind unet/],
    ["explore nowhere", 1, /nowhere/],
    ["export run --web full", 1, /full holds other files/],
    ["export tiny.yaml --web site2", 2, /tiny\.yaml is a file/],
    ["explore run --port 70000", 2, /65535/],
  ] as const) {
    const ended = await imagefn(args);
    t.equal(ended.status, status, `${args}\n${ended.stderr}`);
    t.match(args.includes("--port") ? ended.stderr : paragraph(ended), message);
    t.equal(ended.stdout, "");
  }
  const { status, stderr } = await imagefn("export run --web site2 --batch 2");
  t.equal(status, 2);
  t.match(stderr, /'--web <folder>' cannot be used with option '--batch/);
  t.equal(readFileSync(inHome("full", "index.html"), "utf8"), "mine");
});
