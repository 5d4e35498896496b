// Makes the shipped model from a run folder: its configuration, and its sampling weights as float16. Then measures how far
// its samples are from those of the run, and writes the table in README.md.
// Usage: node packages/avatars-model/tools/make.mjs RUN, after a build.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { renderBytes } from "@imagefn/inr";
import { psnr, readMetadata, readSafetensors, writeSafetensors } from "@imagefn/ops";
import { openRun, openTrained, parameterCount, readLog } from "@imagefn/runs";
import { readCheckpoint } from "../../runs/dist/folder/checkpoint.js";
import { checksum } from "../../runs/dist/folder/checkpointFile.js";

const home = fileURLToPath(new URL("..", import.meta.url));
const model = join(home, "avatars");
const count = 64;

/** The sampling weights of a state, under their names there. */
function sampled(state, { train, sample }) {
  const i = train.emaRates.indexOf(sample.ema);
  const prefix = sample.ema === "online" ? "params." : `emas.${i}.`;
  const kept = new Map([...state].filter(([name]) => name.startsWith(prefix)));
  if (kept.size === 0) throw new Error(`the checkpoint has no weights for sample.ema ${sample.ema}`);
  return kept;
}

/**
 * The bytes of a checkpoint with float16 weights. Its checksum is that of the rounded numbers. What only resuming needs of
 * the position is left out.
 */
function packed({ path, state, position }, config) {
  const { phase, step, pretrainSteps, trainSteps, seconds, classes } = position;
  const kept = JSON.stringify({ phase, step, pretrainSteps, trainSteps, seconds, classes });
  const weights = sampled(state, config);
  const options = { dtype: "F16" };
  const { tensors: rounded } = readSafetensors(writeSafetensors(weights, {}, options));
  const { format, version, architecture } = readMetadata(readFileSync(path));
  const metadata = {
    format,
    version,
    architecture,
    position: kept,
    checksum: checksum(kept, rounded, crc32),
  };
  return writeSafetensors(rounded, metadata, options);
}

/** The largest difference of samples of two runs at a size, in levels of 255, and their PSNR in dB. */
async function compare(first, second, side) {
  const [a, b] = await Promise.all([first, second].map((run) => run.sample({ count })));
  const size = { width: side, height: side };
  let levels = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const [x, y] = await Promise.all([renderBytes(a[i], size), renderBytes(b[i], size)]);
    for (let p = 0; p < x.data.length; p++) {
      const apart = Math.abs(x.data[p] - y.data[p]);
      levels = Math.max(levels, apart);
      squares += apart ** 2;
    }
  }
  // Of four bytes of a pixel, the last is always 255.
  return { levels, decibels: psnr(squares / (count * 3 * side * side), 255) };
}

function table(rows) {
  const readme = join(home, "README.md");
  const text = ["| | |", "| --- | --- |", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join(
    "\n",
  );
  const [before, after] = ["<!-- model -->", "<!-- /model -->"];
  const [start, , end, ...others] = readFileSync(readme, "utf8").split(/<!-- \/?model -->/);
  if (end === undefined || others.length > 0)
    throw new Error(`${readme} must have one ${before} and one ${after}`);
  writeFileSync(readme, [start, before, "\n", text, "\n", after, end].join(""));
  console.log(text);
}

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: node packages/avatars-model/tools/make.mjs RUN");
const run = await openRun(path);
if (!run.finished) throw new Error(`${path} is not finished`);
const { config } = run;
const checkpoint = await readCheckpoint(run);
const bytes = packed(checkpoint, config);
rmSync(model, { recursive: true, force: true });
mkdirSync(join(model, "checkpoints"), { recursive: true });
// Without the line for editors, whose schema is not in the package.
const yaml = readFileSync(join(path, "config.yaml"), "utf8").replace(/^# yaml-language-server:.*\n/, "");
writeFileSync(join(model, "config.yaml"), yaml);
writeFileSync(join(model, "checkpoints", basename(checkpoint.path)), bytes);

const { generator } = await openTrained(model, {});
const { pretrainSteps, trainSteps, seconds } = checkpoint.position;
const heldOut = readLog(run.log).findLast((entry) => typeof entry.heldOutPsnr === "number")?.heldOutPsnr;
const { levels, decibels } = await compare(run, await openRun(model), 128);
const number = (value) => value.toLocaleString("en-US");
table([
  ["generator", `CM-Func (\`func\`), ${number(parameterCount(generator))} parameters`],
  [
    "weights",
    `float16, ${(bytes.length / 1e6).toFixed(1)} MB; the moving average of rate ${config.sample.ema}`,
  ],
  ["preset", `\`${config.name}\`, seed ${config.seed}`],
  [
    "trained",
    `${Math.round(seconds / 60)} minutes on two CPU cores: ${number(pretrainSteps)} steps of pre-training, ${number(trainSteps)} of training`,
  ],
  [
    "data",
    `${number(config.data.count)} avatars of ${config.data.size} x ${config.data.size} pixels, styles: ${config.data.styles.join(", ")}`,
  ],
  ["reconstruction of held-out avatars, after pre-training", `${heldOut?.toFixed(2)} dB PSNR`],
  [
    `float16 beside float32, ${count} samples at 128 x 128`,
    `at most ${levels} of 255 levels apart, ${decibels.toFixed(1)} dB PSNR`,
  ],
]);
