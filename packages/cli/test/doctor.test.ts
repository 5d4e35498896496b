// `imagefn doctor`: what it finds here, an engine that crashes, and the report as text.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { engineNames, type Report, version } from "@imagefn/runs";
import t from "tap";
import { type AdvisedReport, adviceFor } from "../dist/advice.js";
import { reportText } from "../dist/doctorText.js";
import { imagefnIn } from "./tiny.js";

const GIB = 2 ** 30;

/** A machine without a GPU, on which all is well. */
const report: Report = {
  versions: { imagefn: "0.1.0", Node: "20.20.2", "gpu.js": "2.24.1" },
  machine: {
    platform: "linux x64",
    cpu: "A CPU",
    cores: 2,
    load: 0.25,
    memory: { total: 8 * GIB, free: 6.5 * GIB },
  },
  cache: { path: "/home/a/.cache/imagefn", writable: true, bytes: 3 * 2 ** 20 },
  engines: [
    { name: "onnx", works: true, gflops: 250.4, stepSeconds: 0.00312, prepareSeconds: 0.41 },
    { name: "gpujs:webgpu", works: false, error: "ops: gpujs:webgpu: no adapter; install a driver" },
    { name: "gpujs:cpu", works: true, gflops: 1.25, stepSeconds: 0.4, prepareSeconds: 1.5 },
  ],
  auto: { engine: "onnx", why: "there is no GPU" },
  measured: [],
};

t.test("the report as text", async (t) => {
  t.equal(
    reportText({ ...report, advice: ["Leave it."] }),
    `versions  imagefn 0.1.0, Node 20.20.2, gpu.js 2.24.1
machine   linux x64, A CPU, 2 cores, load 0.3
memory    8.0 GiB, 6.5 GiB free
cache     /home/a/.cache/imagefn, 3 MiB
WebGPU    none: no adapter; install a driver
auto      onnx: there is no GPU

engine        matmul 512    training step  preparation
onnx          250 GFLOP/s   3.12 ms        0.410 s
gpujs:webgpu  does not work: no adapter
gpujs:cpu     1.25 GFLOP/s  400 ms         1.50 s

- Leave it.
`,
  );
  const software = {
    ...report.engines[1],
    works: true,
    error: undefined,
    adapter: "SwiftShader",
    software: true,
  };
  const text = reportText({ ...report, engines: [{ ...software, gflops: 0.04 }], advice: [] });
  t.match(text, /WebGPU {4}SwiftShader \(software\)/);
  t.match(text, /gpujs:webgpu {2}0\.0400 GFLOP\/s {2}not measured on a software driver/);
  const fast = { ...report.engines[0], gflops: 12_345.6, stepSeconds: 1.2 };
  t.match(
    reportText({ ...report, engines: [fast], advice: [] }),
    /onnx +12346 GFLOP\/s {2}1200 ms +0\.410 s/,
  );
});

t.test("what auto measured", async (t) => {
  const times = [
    { name: "onnx", seconds: 0.0964 },
    { name: "onnx:webgpu", seconds: 0.0231 },
    { name: "gpujs:webgpu", problem: "has not started after 20 seconds" },
  ];
  const measured = [{ at: "2026-01-02T03:04:05Z", adapter: "A GPU", job: "func, 32 x 32, batch 64", times }];
  t.ok(
    reportText({ ...report, measured, advice: [] }).includes(`
measured by auto         onnx     onnx:webgpu  gpujs:webgpu
func, 32 x 32, batch 64  96.4 ms  23.1 ms      unusable
`),
  );
});

t.test("advice", async (t) => {
  t.same(adviceFor(report), ["No problems found. Keep the engine auto, which selects onnx."]);
  const [onnx, webgpu, cpu] = report.engines;
  const faster = { ...webgpu, works: true, error: undefined, stepSeconds: 0.001 };
  t.match(adviceFor({ ...report, engines: [onnx, faster, cpu] }), [
    /faster on gpujs:webgpu than on onnx.*the engine gpujs:webgpu/,
  ]);
  const { machine, cache } = report;
  const worst = adviceFor({
    ...report,
    machine: { ...machine, load: 7, memory: { ...machine.memory, free: GIB } },
    cache: { ...cache, writable: false },
    engines: [{ name: "onnx", works: false, error: "no such library" }],
    auto: { why: "nothing" },
  });
  t.match(worst, [
    /No engine works/,
    /Reinstall onnxruntime-node/,
    /busy \(load 7\.0/,
    /1\.0 GiB/,
    /IMAGEFN_CACHE/,
  ]);
  const software = { ...webgpu, works: true, error: undefined, adapter: "SwiftShader", software: true };
  t.match(adviceFor({ ...report, engines: [onnx, software] })[1], /SwiftShader is software/);
});

t.test("this machine, with an engine that crashes and a cache that cannot be written", async (t) => {
  const home = t.testdir();
  writeFileSync(join(home, "file"), "not a folder");
  const { status, stdout, stderr } = await imagefnIn(home)("doctor --json", {
    env: {
      NODE_OPTIONS: `--import ${new URL("./crash.js", import.meta.url)}`,
      IMAGEFN_TEST_CRASH: "gpujs:cpu",
      IMAGEFN_CACHE: join(home, "file", "cache"),
    },
  });
  t.equal(status, 0, stderr);
  const found = JSON.parse(stdout) as AdvisedReport;
  t.match(found.versions, {
    imagefn: version,
    Node: process.versions.node,
    "onnxruntime-node": /^\d+\.\d+\.\d+$/,
  });
  t.ok(found.machine.cores >= 1 && found.machine.memory.total > found.machine.memory.free);
  t.same(
    found.engines.map(({ name }) => name),
    engineNames.filter((name) => name !== "auto"),
  );
  for (const { name, works, error, gflops, stepSeconds, prepareSeconds, software } of found.engines) {
    if (name === "gpujs:cpu") t.match(error, /its process ended with SIGABRT/);
    else if (name.endsWith(":webgpu") && !works) t.match(error, /adapter|webgpu/i);
    else if (name === "onnx:cuda" && !works) t.match(error, /CUDA does not load|no such provider/);
    else {
      t.equal(error, undefined, name);
      t.ok(gflops! > 0 && (software || (stepSeconds! > 0 && prepareSeconds! > 0)), `${name} is measured`);
    }
  }
  t.match(found.auto, { engine: "onnx", why: /GPU|adapter/ });
  t.match(found.cache, { path: join(home, "file", "cache"), writable: false });
  t.ok(found.advice.some((sentence) => sentence.includes("IMAGEFN_CACHE")));
});
