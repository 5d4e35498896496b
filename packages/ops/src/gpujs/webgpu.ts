// Runs a plan on a WebGPU device: gpu.js compiles the kernels that are not tiled, and a run records all its launches as one
// submission.
// Every array has its buffer from the start: nothing is allocated while a program runs, and only outputs are read back.
import { lostGpu } from "../lostGpu.js";
import { constantOf, type PlaceholderAttrs } from "../ops/source.js";
import { show, size } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type Batches, batches, type Place } from "./batch.js";
import { type Compiler, compiler, keyOf } from "./compiler.js";
import { type DeviceKernel, deviceKernel, type GpujsKernel } from "./deviceKernel.js";
import type { Executor, Task } from "./executor.js";
import { kernel } from "./kernel.js";
import { slots } from "./memory.js";
import { isTiled } from "./tiled.js";
import { tiledKernel } from "./tiledKernel.js";

/** A launch, with one group of buffers for even runs and one for odd. */
interface Recorded {
  readonly kernel: DeviceKernel;
  readonly groups: readonly [GPUBindGroup, GPUBindGroup];
}

// GPUBufferUsage is a global in browsers alone; its numbers are part of the standard.
const STORAGE = 0x80 | 0x04 | 0x08;
const READ = 0x01 | 0x08;
const MAP_READ = 1;

/** The smallest kernel, for programs that have none: by it we learn gpu.js's device. */
const PROBE = kernel(function probe(x) {
  return x[this.thread.x];
}, {});

/** A part of a buffer. */
interface Span {
  readonly buffer: GPUBuffer;
  /** In bytes. */
  readonly offset: number;
}

export async function webgpuExecutor(task: Task): Promise<Executor> {
  const { plan, state, next, outputs, initial } = task;
  // A result that is the next value of one state is written there; the next values that are left over are copied.
  const written = new Map<Tensor, string>();
  for (const [path, x] of next) if (x.inputs.length > 0 && !written.has(x)) written.set(x, path);
  const copies = next.filter(([path, x]) => written.get(x) !== path);
  const changes = new Set(next.map(([path]) => path));
  const placeOf = (x: Tensor): Place =>
    written.get(x) ?? (isState(x) && changes.has(nameOf(x)) ? nameOf(x) : x);
  const { launches, berths, columns } = batches(plan.steps, (y) => written.has(y), placeOf);

  const gpu = await compiler("webgpu");
  const { device, kernels } = await compileAll(gpu, launches, berths, columns, placeOf);
  for (const x of [...plan.sources, ...plan.steps.map(({ y }) => y)]) checkFits(device, x);
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  const counts = { runs: 0, launches: 0, uploadedBytes: 0, downloadedBytes: 0, buffers: 0, bufferBytes: 0 };
  const buffers: GPUBuffer[] = [];
  function buffer(numbers: number, usage = STORAGE): GPUBuffer {
    const made = device.createBuffer({ size: 4 * Math.max(numbers, 1), usage });
    buffers.push(made);
    counts.buffers++;
    counts.bufferBytes += made.size;
    return made;
  }
  function upload({ buffer, offset }: Span, data: Float32Array): void {
    device.queue.writeBuffer(buffer, offset, data as Float32Array<ArrayBuffer>);
    counts.uploadedBytes += data.byteLength;
  }

  // Where arrays are. State that changes has two spans: a run reads one and writes the other.
  const ofState = new Set(
    [...berths].flatMap(([place, { column }]) => (typeof place === "string" ? [column] : [])),
  );
  const columnBuffers = columns.map((numbers, i) => [
    buffer(numbers),
    ...(ofState.has(i) ? [buffer(numbers)] : []),
  ]);
  const pairs = new Map<string, readonly [Span, Span]>();
  for (const [path, x] of state) {
    const spans = [0, 1].map((side): Span | undefined => {
      const berth = berths.get(path);
      if (berth) return { buffer: columnBuffers[berth.column][side], offset: 4 * berth.offset };
      return side === 0 || changes.has(path) ? { buffer: buffer(size(x.shape)), offset: 0 } : undefined;
    });
    upload(spans[0]!, initial.get(path)!.data);
    pairs.set(path, [spans[0]!, spans[1] ?? spans[0]!]);
  }
  const fixed = new Map<Tensor, Span>();
  const inputs = new Map<string, Span>();
  for (const x of plan.sources) {
    if (isState(x)) continue;
    const span = { buffer: buffer(size(x.shape)), offset: 0 };
    fixed.set(x, span);
    const value = constantOf(x);
    if (value) upload(span, value.data);
    else inputs.set(nameOf(x), span);
  }
  for (const { y } of plan.steps) {
    const berth = berths.get(y);
    if (berth) fixed.set(y, { buffer: columnBuffers[berth.column][0], offset: 4 * berth.offset });
  }
  const shared = slots(launches, new Set(plan.results), (x) => written.has(x) || fixed.has(x));
  const slotSpans = shared.sizes.map((numbers): Span => ({ buffer: buffer(numbers), offset: 0 }));

  const full = await device.popErrorScope();
  await device.popErrorScope();
  if (full) {
    const { buffers: n, bufferBytes } = counts;
    for (const each of buffers) each.destroy();
    await gpu.dispose();
    throw new Error(
      `ops: gpujs:webgpu: the device has no memory for this program (${mib(bufferBytes)} in ${n} buffers); use a smaller batch`,
    );
  }

  /** Where x is in an even or odd run. */
  function spanOf(x: Tensor, odd: number): Span {
    const path = written.get(x);
    if (path !== undefined) return pairs.get(path)![1 - odd];
    return fixed.get(x) ?? (isState(x) ? pairs.get(nameOf(x))![odd] : slotSpans[shared.slotOf.get(x)!]);
  }

  const recorded = launches.map(([{ y, inputs }], i): Recorded => {
    const kernel = kernels[i];
    const spans = (odd: number) => [...inputs, y].map((x) => spanOf(x, odd));
    const [even, other] = [spans(0), spans(1)];
    const isSame = even.every((span, k) => span.buffer === other[k].buffer);
    const group = kernel.bind(even);
    return { kernel, groups: [group, isSame ? group : kernel.bind(other)] };
  });
  const lengths = outputs.map(({ shape }) => size(shape));
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0));
  const total = lengths.reduce((a, b) => a + b, 0);
  const staging = buffer(total, READ);
  let odd = 0;
  let loss: Error | undefined;
  const lost = device.lost.then(({ reason, message }) => {
    loss = new Error(`ops: gpujs:webgpu: ${lostGpu(message || reason)}`);
  });
  /** Fails with the device's loss, which is told a moment after calls have failed by it; else with their error. */
  async function orLoss(error: Error): Promise<never> {
    await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, 1000))]);
    throw loss ?? error;
  }

  async function download(from: GPUBuffer, numbers: number): Promise<Float32Array> {
    await from.mapAsync(MAP_READ, 0, 4 * numbers).catch(orLoss);
    const data = new Float32Array(from.getMappedRange(0, 4 * numbers).slice(0));
    from.unmap();
    counts.downloadedBytes += data.byteLength;
    return data;
  }

  return {
    async run(given) {
      if (loss) throw loss;
      for (const [name, span] of inputs) upload(span, given.get(name)!);
      // WebGPU drops a submission that breaks its rules without a word to us; those of all later runs are the same.
      const isFirst = counts.runs < 2;
      if (isFirst) device.pushErrorScope("validation");
      const encoder = device.createCommandEncoder();
      const copy = (from: Span, to: Span, x: Tensor) =>
        encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, 4 * size(x.shape));
      const pass = encoder.beginComputePass();
      for (const { kernel, groups } of recorded) kernel.launch(pass, groups[odd]);
      pass.end();
      for (const [path, x] of copies) copy(spanOf(x, odd), pairs.get(path)![1 - odd], x);
      outputs.forEach((x, i) => copy(spanOf(x, odd), { buffer: staging, offset: 4 * starts[i] }, x));
      device.queue.submit([encoder.finish()]);
      const error = isFirst ? await device.popErrorScope().catch(orLoss) : null;
      if (error) throw new Error(`ops: gpujs:webgpu: ${error.message}`);
      odd = 1 - odd;
      counts.runs++;
      counts.launches += recorded.length;
      const all = total === 0 ? new Float32Array() : await download(staging, total);
      return lengths.map((n, i) => all.slice(starts[i], starts[i] + n));
    },
    async read(path) {
      const x = state.get(path)!;
      const { buffer, offset } = pairs.get(path)![odd];
      const bytes = 4 * size(x.shape);
      const copy = device.createBuffer({ size: bytes, usage: READ });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, offset, copy, 0, bytes);
      device.queue.submit([encoder.finish()]);
      const data = await download(copy, size(x.shape));
      copy.destroy();
      return data;
    },
    write: (path, data) => upload(pairs.get(path)![odd], data),
    statistics: () => ({ ...counts }),
    async dispose() {
      for (const each of buffers) each.destroy();
      await gpu.dispose();
    },
  };
}

const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;

function checkFits({ limits }: GPUDevice, { shape }: Tensor): void {
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  if (4 * size(shape) > most)
    throw new Error(
      `ops: gpujs:webgpu: an array of ${show(shape)} is too large for this device (got ${mib(4 * size(shape))}, expected ` +
        `at most ${mib(most)}); use a smaller batch or "onnx"`,
    );
}

const isState = (x: Tensor): boolean => (x.attrs as Partial<PlaceholderAttrs>).kind === "state";
const nameOf = (x: Tensor): string => (x.attrs as PlaceholderAttrs).name;

/** The device, and the kernel of each launch; equal ones are compiled once. */
async function compileAll(
  gpu: Compiler,
  launches: Batches["launches"],
  berths: Batches["berths"],
  columns: Batches["columns"],
  placeOf: (x: Tensor) => Place,
): Promise<Pick<GpujsKernel, "device"> & { kernels: DeviceKernel[] }> {
  const probe = await deviceKernel(gpu, PROBE, [1], 1);
  const known = new Map<string, Promise<DeviceKernel>>();
  const kernels = launches.map((launch) => {
    const [{ y, kernel, inputs, threads }] = launch;
    // Launched as one, steps go over whole columns; what they have in common is as it is.
    const whole = (x: Tensor) =>
      launch.length > 1 && launch.some((step) => step.y !== y && !step.inputs.includes(x));
    const length = (x: Tensor) => (whole(x) ? columns[berths.get(placeOf(x))!.column] : size(x.shape));
    const lengths = inputs.map(length);
    const count = launch.length > 1 ? columns[berths.get(placeOf(y))!.column] : threads;
    const key = keyOf(kernel, [...lengths, launch.length > 1 ? 0 : 1], count);
    if (!known.has(key))
      known.set(
        key,
        isTiled(kernel)
          ? tiledKernel(probe.device, kernel, [...lengths, size(y.shape)])
          : deviceKernel(gpu, kernel, lengths, count),
      );
    return known.get(key)!;
  });
  return { device: probe.device, kernels: await Promise.all(kernels) };
}
