// A program that trains in a process of its own until somebody stops it: `node caller.js FOLDER STEPS`.
import { train } from "@imagefn/runs";
import { tiny } from "./tiny.js";

const [out, steps] = process.argv.slice(2);
const config = { ...tiny, train: { ...tiny.train, steps: Number(steps) } };
let told = false;
await train(config, {
  out,
  isolate: "process",
  onProgress({ phase }) {
    if (phase === "train" && !told) process.stdout.write("training\n");
    told ||= phase === "train";
  },
});
process.stdout.write("done\n");
