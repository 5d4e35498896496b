// Programs on ONNX Runtime's CPU provider in Node: state stays in arrays of JavaScript, and runs write over them.
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Engine, Runnable } from "../engine.js";
import type { Program } from "../program.js";
import { size } from "../shape.js";
import {
  checkInputs,
  checkInto,
  checkReader,
  checkState,
  inside,
  isRunnable,
  stateMap,
  toNdarray,
} from "../state.js";
import type { HostArray, Tensor } from "../tensor.js";
import { blockSize } from "./blockedConv.js";
import { inPlace } from "./inPlace.js";
import type { OnnxEngineOptions } from "./options.js";
import { bytesOf, convolves, programModel } from "./programModel.js";
import { onnxRuntime } from "./runtime.js";

type Values = Record<string, OrtTensor>;

/** The engine for CPUs: a program becomes one ONNX model, and each run is one call of ONNX Runtime. */
export async function cpuEngine(settings: OnnxEngineOptions): Promise<Engine> {
  const { threads = 0, spinning = true, inPlace: overwrite = true, blocked = true, profile } = settings;
  const ort = await onnxRuntime();
  const options: InferenceSession.SessionOptions = {
    executionMode: "sequential",
    // Fewer megabytes at the same speed.
    enableMemPattern: false,
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: spinning ? "1" : "0" } } },
    ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
  };
  /** The arrays that runnables of this engine keep their state in. */
  const arrays = new WeakMap<Runnable, () => Map<string, HostArray>>();
  const ortTensor = (data: Float32Array, { shape }: Tensor) => new ort.Tensor("float32", data, shape);

  /** A session that runs a program on a state, which other sessions may share. */
  async function sessionOf(program: Program, state: Map<string, OrtTensor>, reads = false) {
    const compiled = programModel(program, {
      block: blocked && convolves(program) ? await blockSize(ort) : 0,
    });
    const { changing, outputs } = compiled;
    const session = await ort.InferenceSession.create(bytesOf(compiled), {
      ...options,
      // Ours is already simplified. What "basic" does besides pays in small programs that run often; in a training step of
      // thousands of nodes it saves nothing, and takes longer than all the rest. Higher levels change the last bits.
      graphOptimizationLevel: reads || changing.length > 0 ? "disabled" : "basic",
    });
    const nextName = new Map(changing.map(({ path, name }) => [path, name]));
    const safe = overwrite ? inPlace(compiled.spec.nodes, nextName) : new Set<string>();
    // Where a run writes each new state: over the old one where that is safe, else into a second buffer.
    const spare = new Map<string, OrtTensor>();
    for (const { path, x } of changing)
      if (!safe.has(path)) spare.set(path, ortTensor(new Float32Array(size(x.shape)), x));

    async function run(
      values: Parameters<Runnable["run"]>[0] = {},
      into: Parameters<Runnable["run"]>[1] = {},
    ) {
      const data = checkInputs(program, values);
      checkInto(program, into);
      const feeds: Values = {};
      for (const [name, x] of compiled.inputs) {
        const source = x.attrs;
        feeds[name] =
          source.kind === "state" ? state.get(source.name)! : ortTensor(data.get(source.name)!, x);
      }
      const fetches: Record<string, OrtTensor | null> = {};
      for (const [path, name] of nextName) fetches[name] = spare.get(path) ?? state.get(path)!;
      for (const { key, x, name } of outputs)
        fetches[name] = Object.hasOwn(into, key) ? ortTensor(into[key], x) : null;
      const results = await session.run(feeds, fetches as Values);
      for (const [path, buffer] of spare) {
        spare.set(path, state.get(path)!);
        state.set(path, buffer);
      }
      return Object.fromEntries(
        outputs.map(({ key, x, name }) => [key, toNdarray(results[name].data as Float32Array, x)]),
      );
    }
    const release = async () => {
      if (profile) session.endProfiling();
      await session.release();
      spare.clear();
    };
    return { run, release };
  }

  async function compile(program: Program, initial?: unknown): Promise<Runnable> {
    const before = isRunnable(initial) ? initial : undefined;
    const given = before ? (arrays.get(before)?.() ?? (await before.read())) : stateMap(initial);
    checkState(program, given, true);
    // First: two sessions would take twice the memory.
    await before?.dispose();
    const state = new Map<string, OrtTensor>();
    for (const [path, x] of program.state) {
      const { data } = given.get(path)!;
      state.set(path, ortTensor(before ? data : data.slice(), x));
    }
    return onState(program, state);
  }

  /** A runnable on a state, which it clears in the end if it is its own. */
  async function onState(
    program: Program,
    state: Map<string, OrtTensor>,
    owner?: Program,
  ): Promise<Runnable> {
    const { run, release } = await sessionOf(program, state, owner !== undefined);
    const runnable: Runnable = {
      run,
      async read(prefix = "") {
        const out = new Map<string, HostArray>();
        for (const [path, x] of program.state)
          if (inside(path, prefix))
            out.set(path, { shape: x.shape, data: (state.get(path)!.data as Float32Array).slice() });
        return out;
      },
      async write(values) {
        checkState(program, values, false);
        for (const [path, { data }] of values) (state.get(path)!.data as Float32Array).set(data);
      },
      async reader(other) {
        checkReader(other, owner ?? program);
        return onState(other, state, owner ?? program);
      },
      async dispose() {
        await release();
        if (!owner) state.clear();
      },
    };
    const numbers = (x: OrtTensor): HostArray => ({ shape: x.dims, data: x.data as Float32Array });
    arrays.set(runnable, () => new Map([...state].map(([path, x]) => [path, numbers(x)])));
    return runnable;
  }

  return { name: "onnx", compile };
}
