// --json: standard output holds one document and nothing else, whatever the command.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { presets, resolveConfig } from "@imagefn/runs";
import { tinyRun } from "@imagefn/testing/tinyRun";
import t from "tap";
import { commands } from "../dist/commands.js";
import { documentOf } from "../dist/findingsText.js";
import { jsonText } from "../dist/output.js";
import { imagefnHere } from "./inProcess.js";
import { executable, imagefnIn, paragraph, yamlOf } from "./tiny.js";

t.setTimeout(280_000);
// 32 pixels: a comparison has networks of 32, 64 and 128 pixels too.
const yaml = yamlOf({
  data: { ...tinyRun.data, size: 32 },
  pretrain: tinyRun.pretrain,
  train: tinyRun.train,
  sample: { ...tinyRun.sample, sizes: [[32, 32]] },
});
const home = t.testdir({ "tiny.yaml": yaml });
const env = { IMAGEFN_WEIGHTS: "" };
const imagefn = imagefnHere(home, env);
const inHome = (...path: string[]) => join(home, ...path);

// biome-ignore lint/suspicious/noExplicitAny: the tests say what the documents hold.
type Document = any;

/** The document of a command, which has to be all of its standard output. */
const documents = new Map<string, Document>();
async function documentOfCommand(args: string, status = 0): Promise<Document> {
  const ended = await imagefn(`${args} --json`);
  t.equal(ended.status, status, `${args}\n${ended.stderr}`);
  const found = JSON.parse(ended.stdout);
  documents.set(args.split(" ")[0], found);
  return found;
}

t.test("train and what reads a run", async (t) => {
  const plan = await documentOfCommand("train tiny.yaml --dry-run --out run");
  t.match(plan, { out: "run", config: { name: "tiny" }, data: { train: 60 }, estimate: { trainSteps: 6 } });
  const trained = await documentOfCommand("train tiny.yaml --out run");
  t.match(trained, { run: "run", finished: true, phase: "train", step: 6, report: "run/report.html" });
  t.ok(trained.loss > 0 && trained.seconds > 0);
  t.same(trained.pictures, ["run/samples/32x32.png"]);

  const { cpu, ...sampled } = await documentOfCommand("sample run --count 2 --save-functions --out x");
  t.type(cpu, "string");
  t.same(sampled, {
    run: "run",
    shard: null,
    pictures: ["x/step10-seed0-count2-32x32.png"],
    functions: [0, 1].map((i) => `x/step10-seed0-count2-000${i}.safetensors`),
    engine: "onnx",
    threads: 1,
  });
  for (const path of [...sampled.pictures, ...sampled.functions]) t.ok(existsSync(inHome(path)), path);

  const edited = await documentOfCommand("edit run --interpolate 0,1 --count 2 --out x");
  t.match(edited, { run: "run", engine: "onnx", threads: 1, cpu });
  t.equal(edited.pictures.length, 1);
  t.ok(existsSync(inHome(edited.pictures[0])));

  const animation = "x/loop.png";
  t.same(await documentOfCommand(`animate run --count 2 --frames 2 --size 16 --out ${animation}`), {
    run: "run",
    animation,
  });

  t.same(await documentOfCommand("report run"), { run: "run", report: "run/report.html" });
  const model = "run/exports/generator-step10-32x32-batch1.onnx";
  t.match(await documentOfCommand("export run"), { model, about: /z \[1, 3, 32, 32\]/ });
  t.same(await documentOfCommand("export run --web site"), { run: "run", web: "site" });
});

t.test("explore and studio print their documents at once, and go on", async (t) => {
  for (const [args, run] of [
    [["explore", "run"], "run"],
    [["studio"], undefined],
  ] as const) {
    const child = spawn(...executable([...args, "--json"]), { cwd: home });
    const text = await new Promise<string>((resolve) =>
      child.stdout.setEncoding("utf8").once("data", resolve),
    );
    const document = JSON.parse(text);
    documents.set(args[0], document);
    t.match(document, { run, url: /^http:\/\/127/ });
    child.kill("SIGINT");
    t.equal(await new Promise((resolve) => child.on("close", resolve)), 130);
  }
});

t.test("evaluate: numbers in full, and null with the reason where there is none", async (t) => {
  const found = await documentOfCommand("evaluate run --metrics ssim,fid --count 20");
  const of = (name: string) => found.findings.find(({ metric }: Document) => metric === name);
  t.match(found, { samples: { run: "run", n: 20 }, report: "run/metrics.json", statistics: null });
  t.match(found, { engine: "onnx", threads: 1, cpu: String });
  t.ok(String(of("SSIM").value).length > 10, `${of("SSIM").value}`);
  t.match(of("FID"), { value: null, because: /weights missing/, code: "missing-weights" });
  const nothing = await documentOfCommand("evaluate run --metrics fid --count 20", 1);
  t.match(nothing.findings, [{ metric: "FID", value: null, because: /weights missing/ }]);
  t.same(
    documentOf([{ metric: "SSIM", value: Number.NEGATIVE_INFINITY, n: 1 }]).map((one) =>
      JSON.parse(jsonText(one)),
    ),
    [{ metric: "SSIM", value: null, n: 1, because: "it is -Infinity" }],
  );
});

t.test("compare and reproduce", async (t) => {
  const { rows, ...compared } = await documentOfCommand("compare run run --count 2 --seconds 0.01 --out two");
  t.match(compared, { out: "two", runs: ["run", "run"] });
  t.ok(compared.files.includes("two/table.json"));
  t.ok(rows.length === 2 && rows[0].parameters > 1000 && rows[0].single > 0);

  const { experiments } = await documentOfCommand("reproduce");
  t.ok(experiments.length === 12 && experiments.every(({ name, title }: Document) => name && title));
  const fields = ["data.count=80", "data.heldOut=16", "sample.count=4", "pretrain.batch=4", "train.batch=4"];
  const widths = ["dim=16", "heads=2", "encoderDepth=1", "decoderDepth=1", "inr.depth=3", "inr.width=16"];
  const set = [...fields, ...[...widths, "inr.groups=4"].map((one) => `generator.func.${one}`)];
  const small = `--count 8 --seeds 1 --seconds 0.01 --engine onnx --threads 1 ${set.map((one) => `--set ${one}`).join(" ")}`;
  const done = await documentOfCommand(`reproduce pretraining --steps 4 --out out ${small}`);
  t.match(done, { scale: "tiny", out: "out", reports: [], experiments: [{ name: "pretraining" }] });
  const [{ claims, tables, figures, results }] = done.experiments;
  t.ok(claims.length > 0 && tables.length > 0 && figures.length > 0);
  const scores = Object.values<Document>(results).flatMap((one) => Object.values<Document>(one.scores));
  t.match(scores.find(({ value }) => value === null)?.because, /weights missing/);
});

t.test("commands without a run", async (t) => {
  const listed = await documentOfCommand("presets");
  t.same(
    listed.presets.map(({ name }: Document) => name),
    Object.keys(presets),
  );
  t.match(listed.presets.at(-1), { data: "lsun", size: 128, path: /LMDB/, distance: "lpips" });
  t.same(await documentOfCommand("config avatars-small --seed 3"), {
    ...resolveConfig("avatars-small"),
    seed: 3,
  });
  t.match((await documentOfCommand("config --fields")).fields[1], { path: "seed", default: 0 });
  const { files, looked } = await documentOfCommand("weights");
  t.ok(looked.length > 0 && files.every(({ path, sha256 }: Document) => path === null && sha256 === null));
  t.match(await documentOfCommand("init mine"), { config: "mine/config.yaml", size: 64, images: null });
  t.match(await documentOfCommand("completion bash"), { shell: "bash", script: /complete -o default/ });
  const doctor = await imagefnIn(home)("doctor --json");
  documents.set("doctor", JSON.parse(doctor.stdout));
  t.match(documents.get("doctor"), { auto: { engine: String }, advice: Array });
});

t.test("no command was forgotten", async (t) => {
  const { buildProgram } = await import("../dist/program.js");
  const names = buildProgram(commands).commands.map((command) => command.name());
  t.same([...documents.keys()].sort(), [...names].sort());
});

t.test("an error leaves standard output empty", async (t) => {
  const ended = await imagefn("sample nowhere --json");
  t.equal(ended.stdout, "");
  t.equal(ended.status, 1);
  t.match(paragraph(ended), /there is no run folder nowhere/);
});

t.test("a document has no control characters", async (t) => {
  const name = "\u001b[2J\u009b2J\u202e\n";
  const text = jsonText({ name });
  t.notMatch(text.trimEnd().replaceAll("\n", ""), /[\p{Cc}\u202e]/u);
  t.same(JSON.parse(text), { name });
});
