// The command line: parsing of every command's options, and the executable as a process.
import { spawnSync } from "node:child_process";
import { resolveConfig, version } from "@imagefn/runs";
import t from "tap";
import { parse } from "yaml";
import { animateLine } from "../dist/options/animate.js";
import { type CommandLine, wire } from "../dist/options/commandLine.js";
import { compareLine } from "../dist/options/compare.js";
import { doctorLine } from "../dist/options/doctor.js";
import { editLine } from "../dist/options/edit.js";
import { evaluateLine } from "../dist/options/evaluate.js";
import { exportLine } from "../dist/options/export.js";
import { sampleLine } from "../dist/options/sample.js";
import { trainLine } from "../dist/options/train.js";
import { buildProgram, runProgram } from "../dist/program.js";
import { imagefnHere } from "./inProcess.js";
import { executable } from "./tiny.js";

const here = imagefnHere(t.testdir({}));
const imagefn = (...args: string[]) => here(args);

/** Runs the executable. */
function started(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(...executable(args), {
    encoding: "utf8",
    env: { ...process.env, IMAGEFN_DEBUG: "" },
  });
  return { status, stdout, stderr };
}

/** The options that a command line makes of arguments, without undefined ones. Parsing errors are thrown. */
async function optionsOf<Options>(line: CommandLine<Options>, ...args: string[]): Promise<unknown> {
  let options: Options | undefined;
  const capture = wire(line, async () => ({
    run(given: Options) {
      options = given;
      return {};
    },
  }));
  const program = buildProgram([capture]);
  program.commands[0].configureOutput({ outputError: () => {} });
  await program.parseAsync([program.commands[0].name(), ...args], { from: "user" });
  return JSON.parse(JSON.stringify(options));
}

t.test("train: defaults and all options", async (t) => {
  t.same(await optionsOf(trainLine), {});
  t.same(
    await optionsOf(
      trainLine,
      ...[
        "my.yaml",
        "--minutes",
        "2.5",
        "--quick",
        "--out",
        "o",
        "--seed",
        "7",
        "--data",
        "d",
        "--engine",
        "onnx",
      ],
      ...["--threads", "2", "--set", "train.batch=16", "--set", "data.styles=[a,b]"],
    ),
    {
      config: "my.yaml",
      minutes: 2.5,
      quick: true,
      out: "o",
      seed: 7,
      data: "d",
      engine: "onnx",
      threads: 2,
      set: ["train.batch=16", "data.styles=[a,b]"],
    },
  );
  t.same(await optionsOf(trainLine, "--steps", "200"), { steps: 200 });
});

t.test("train --resume takes engine and threads only", async (t) => {
  t.same(await optionsOf(trainLine, "--resume", "runs/a", "--engine", "onnx"), {
    resume: "runs/a",
    engine: "onnx",
  });
  const refused = (message: RegExp, ...args: string[]) =>
    t.rejects(optionsOf(trainLine, "--resume", "runs/a", ...args), { exitCode: 2, message });
  await refused(/--resume runs\/a cannot be used with --seed/, "--seed", "1");
  await refused(/cannot be used with --set/, "--set", "seed=1");
  await refused(/cannot be used with the configuration my\.yaml/, "my.yaml");
  await refused(/cannot be used with --quick/, "--quick");
  await refused(/cannot be used with --out/, "--out", "x");
});

t.test("sample", async (t) => {
  t.same(await optionsOf(sampleLine, "runs/a"), {
    run: "runs/a",
    byClass: false,
    saveFunctions: false,
    separate: false,
  });
  t.same(
    await optionsOf(
      sampleLine,
      ...[
        "runs/a",
        "--count",
        "4",
        "--size",
        "32,64x96",
        "--size",
        "128",
        "--seed",
        "0",
        "--class",
        "bottts",
      ],
      ...["--out", "o", "--save-functions", "--steps", "2", "--ema", "0.999"],
    ),
    {
      run: "runs/a",
      count: 4,
      sizes: [
        [32, 32],
        [64, 96],
        [128, 128],
      ],
      seed: 0,
      class: "bottts",
      out: "o",
      byClass: false,
      saveFunctions: true,
      separate: false,
      steps: 2,
      ema: 0.999,
    },
  );
  t.match(await optionsOf(sampleLine, "runs/a", "--ema", "online"), { ema: "online" });
  for (const line of [sampleLine, evaluateLine, animateLine, exportLine] as CommandLine<object>[])
    t.match(await optionsOf(line, "runs/a", "--guidance", "2.5"), { guidance: 2.5 });
  t.match(await optionsOf(editLine, "a", "--strokes", "b", "--guidance", "0"), { guidance: 0 });
  await t.rejects(optionsOf(sampleLine, "a", "--steps", "3", "--search-levels", "--guidance", "2"), {
    exitCode: 2,
    message: /levels are searched without guidance/,
  });
  const searched = await optionsOf(sampleLine, "runs/a", "--steps", "3", "--search-levels");
  t.match(searched, { steps: 3, searchLevels: true });
  t.match(await optionsOf(sampleLine, "runs/a", "--plain-levels"), { plainLevels: true });
  await t.rejects(optionsOf(sampleLine, "runs/a", "--search-levels"), {
    exitCode: 2,
    message: /--search-levels requires --steps 2 or more/,
  });
});

t.test("export and doctor", async (t) => {
  t.same(await optionsOf(exportLine, "runs/a"), { run: "runs/a", what: "generator" });
  t.same(
    await optionsOf(exportLine, "r", "--what", "function", "--seed", "3", "--size", "8x9", "--out", "f.onnx"),
    {
      run: "r",
      what: "function",
      seed: 3,
      size: [8, 9],
      out: "f.onnx",
    },
  );
  t.same(await optionsOf(doctorLine), {});
});

t.test("option values are checked", async (t) => {
  const cases: [CommandLine<object>, string[], RegExp][] = [
    [trainLine, ["--minutes", "0"], /Expected a number above 0/],
    [trainLine, ["--minutes", "soon"], /'--minutes <number>' argument 'soon' is invalid/],
    [trainLine, ["--minutes", ""], /Expected a number above 0/],
    [trainLine, ["--minutes", "Infinity"], /Expected a number above 0/],
    [trainLine, ["--steps", "1.5"], /Expected a whole number from 1/],
    [trainLine, ["--steps", "0x10"], /Expected a whole number from 1/],
    [trainLine, ["--steps", "5", "--minutes", "1"], /cannot be used with option '--minutes <number>'/],
    [trainLine, ["--seed", "-1"], /Expected a whole number from 0 to 4294967295/],
    [trainLine, ["--seed", "4294967296"], /Expected a whole number from 0 to 4294967295/],
    [trainLine, ["--threads", "1.5"], /Expected a whole number from 0 \(all\) to 1024/],
    [trainLine, ["--engine", "cuda"], /Allowed choices are auto, onnx, onnx:webgpu/],
    [trainLine, ["--mintes", "1"], /unknown option '--mintes'\n\(Did you mean --minutes\?\)/],
    [trainLine, ["a", "b"], /too many arguments/],
    [sampleLine, [], /missing required argument 'run'/],
    [sampleLine, ["r", "--precision", "int8"], /--precision requires --save-functions/],
    [exportLine, ["r", "--bits", "9"], /Expected a whole number from 2 to 8/],
    [exportLine, ["r", "--web", "x", "--format", "glsl"], /cannot be used with option/],
    [sampleLine, ["r", "--guidance", "-1"], /Expected a number from 0 to 100/],
    [sampleLine, ["r", "--guidance", "much"], /Expected a number from 0 to 100/],
    [
      evaluateLine,
      ["--features", "f.npz", "--guidance", "2"],
      /--guidance belongs to the command that saved/,
    ],
    [exportLine, ["r", "--web", "x", "--guidance", "2"], /cannot be used with option/],
    [sampleLine, ["r", "--count", "0"], /Expected a whole number from 1/],
    [sampleLine, ["r", "--size", "0x4"], /Expected WIDTHxHEIGHT/],
    [sampleLine, ["r", "--size", "32,"], /Expected WIDTHxHEIGHT/],
    [sampleLine, ["r", "--size", "99999"], /Expected WIDTHxHEIGHT/],
    [sampleLine, ["r", "--by-class", "--class", "a"], /cannot be used with option/],
    [compareLine, ["--generators", "func,vit"], /Expected a comma list of func, unet, dit, uvit/],
    [sampleLine, ["r", "--ema", "1"], /Expected online, or a rate between 0 and 1/],
    [sampleLine, ["r", "--separate", "--shard", "0/4"], /Expected NUMBER\/SHARES, .* such as 3\/16/],
    [sampleLine, ["r", "--separate", "--shard", "5/4"], /Expected NUMBER\/SHARES/],
    [sampleLine, ["r", "--separate", "--shard", "3"], /Expected NUMBER\/SHARES/],
    [sampleLine, ["r", "--shard", "3/4"], /--shard requires --separate: a grid cannot be cut/],
    [evaluateLine, [], /missing required argument 'samples', --features or --merge/],
    [evaluateLine, ["r", "--shard", "1/2"], /--shard requires --save-features FILE, or --save-stats FILE/],
    [
      evaluateLine,
      ["r", "--save-features", "f", "--against", "x"],
      /--against cannot be used with --save-fea/,
    ],
    [
      evaluateLine,
      ["r", "--shard", "1/2", "--save-stats", "f", "--report", "x"],
      /--report .* with --merge, once/,
    ],
    [evaluateLine, ["r", "--features", "f.npz"], /--features takes the place of SAMPLES.*got r/],
    [evaluateLine, ["--features", "f.npz", "--merge", "s.npz"], /--features and --merge exclude each other/],
    [evaluateLine, ["--features", "f.npz", "--seed", "1"], /--seed belongs to the command that saved/],
    [evaluateLine, ["--merge", "f.npz", "--count", "9"], /--count belongs to the command that saved/],
    [evaluateLine, ["--features", "f.npz", "--held-out"], /--held-out requires --against/],
    [exportLine, ["r", "--what", "picture"], /Allowed choices are generator, function/],
  ];
  for (const [line, args, message] of cases)
    await t.rejects(optionsOf(line, ...args), { message }, args.join(" "));
});

t.test("unknown flags, commands and values end with exit code 2 and a suggestion", async (t) => {
  t.match(started("config", "--minuts", "3"), {
    status: 2,
    stdout: "",
    stderr: "imagefn: unknown option '--minuts' (Did you mean --minutes?) See `imagefn config --help`.\n",
  });
  t.match(await imagefn("confg"), {
    status: 2,
    stderr: /^imagefn: unknown command 'confg' \(Did you mean config\?\)/,
  });
  for (const [args, stderr] of [
    [
      ["help", "trian"],
      /^imagefn: unknown command 'trian' \(did you mean train\?\)\. See `imagefn --help`\.\n$/,
    ],
    [
      ["completion", "bsh"],
      /^imagefn: 'bsh' is invalid for argument 'shell' \(did you mean bash\?\)\. Allowed/,
    ],
    [
      ["init", "--preset", "avatar-tiny"],
      /argument 'avatar-tiny' is invalid \(did you mean avatars-tiny\?\)\. All/,
    ],
    [
      ["explore"],
      /^imagefn: missing required argument 'run': run folder, or `latest`.*imagefn explore --help/,
    ],
    [["explore", "run", "--port", "abc"], /Expected a whole number from 1 to 65535\. See/],
    [
      ["train", "--data", ""],
      /^imagefn: option '--data <folder>' argument '' is invalid\. Expected a folder\./,
    ],
  ] as const)
    t.match(await imagefn(...args), { status: 2, stdout: "", stderr }, args.join(" "));
  t.match(await imagefn("config", "--set", "train.bacth=3"), {
    status: 2,
    stderr: /did you mean train\.batch\?/,
  });
  t.match(started(), { status: 2, stderr: /Usage: imagefn/ });
});

t.test("wrong configurations end with exit code 1, in one line without a stack trace", async (t) => {
  const { status, stderr } = await imagefn("config", "--set", "data.size=36");
  t.equal(status, 1);
  t.match(stderr, /^imagefn: .*generator\.func\.patch is 8, which does not divide data\.size 36.*\n$/);
});

t.test("help, version, presets", async (t) => {
  t.match(started("--help"), { status: 0, stdout: /Usage: imagefn/ });
  t.match(await imagefn("config", "--help"), {
    status: 0,
    stdout: /Examples:\n {2}imagefn config avatars-tiny > my\.yaml/,
  });
  t.same(started("--version"), { status: 0, stdout: `${version}\n`, stderr: "" });
  const { stdout } = await imagefn("presets");
  t.match(stdout, /^avatars-tiny +Pixel-art.*\n/);
  t.ok(stdout.split("\n").every((line) => line.length <= 100));
});

t.test("config prints what train would use, and it can be used again", async (t) => {
  const { status, stdout } = await imagefn(
    "config",
    "avatars-small",
    "--seed",
    "9",
    "--set",
    "train.batch=4",
  );
  t.equal(status, 0);
  t.same(
    parse(stdout),
    resolveConfig("avatars-small", [{ source: "test", values: { seed: 9, train: { batch: 4 } } }]),
  );
  t.match(
    await imagefn("config", "celeba64-paper"),
    { status: 0, stdout: / {2}path: null/ },
    "a template to fill in",
  );
  t.match(await imagefn("config", "--fields"), { status: 0, stdout: /\| `seed` \| `0` \|/ });
});

t.test("what a command throws becomes the exit code", async (t) => {
  const stderr = process.stderr.write;
  t.teardown(() => {
    process.stderr.write = stderr;
  });
  let text = "";
  process.stderr.write = (part: string | Uint8Array) => {
    text += part;
    return true;
  };
  const failing = wire(doctorLine, async () => ({
    run() {
      throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", path: "runs/a/log.jsonl" });
    },
  }));
  const code = await runProgram(["doctor"], [failing]);
  process.stderr.write = stderr;
  t.equal(code, 1);
  t.match(text, /^imagefn: the disk is full: runs\/a\/log\.jsonl could not be written/);
});
