// The engine for CPUs: a program becomes one ONNX model, and each run is one call of ONNX Runtime.
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Engine, Runnable } from "../engine.js";
import type { Program } from "../program.js";
import { size } from "../shape.js";
import {
  checkInputs,
  checkInto,
  checkReader,
  checkState,
  isRunnable,
  stateMap,
  toNdarray,
} from "../state.js";
import { type HostArray, reachable, type Tensor } from "../tensor.js";
import { blockSize } from "./blockedConv.js";
import { inPlace } from "./inPlace.js";
import { lower } from "./lower.js";
import { model } from "./proto.js";
import { onnxRuntime } from "./runtime.js";

/** How ONNX Runtime runs programs. */
export interface OnnxEngineOptions {
  /** Threads for one operator; 0 uses every core. */
  readonly threads?: number;
  /**
   * Whether threads that wait for work keep their cores busy, true as if left out: the fastest where the cores are idle
   * otherwise. False gives the cores to others, which on a busy machine takes half the time.
   */
  readonly spinning?: boolean;
  /** False keeps a second buffer for every state, where by default a run overwrites what nothing reads later. */
  readonly inPlace?: boolean;
  /** False keeps convolutions in the standard layout, where by default they use a faster one if this ONNX Runtime has it. */
  readonly blocked?: boolean;
  /** File-name prefix for ONNX Runtime's profile, written when a runnable is disposed of. */
  readonly profile?: string;
}

type Values = Record<string, OrtTensor>;

/**
 * An engine on ONNX Runtime's CPU provider. Loads the optional package `onnxruntime-node`.
 * @throws if it is not installed or does not load, with the command that installs it.
 */
export async function onnxEngine(settings: OnnxEngineOptions = {}): Promise<Engine> {
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
    // What changes leaves the graph; a state that passes through unchanged stays where it is.
    const changing = [...program.next].filter(([path, x]) => x !== program.state.get(path));
    const outputs = [...program.outputs];
    if (changing.length + outputs.length === 0)
      throw new Error("ops: a program without outputs that changes no state has nothing to compute");
    const results = [...changing, ...outputs].map(([, x]) => x);
    const convolves = reachable(results).some(({ op }) => op.name.startsWith("conv2d"));
    const lowered = lower(results, { block: blocked && convolves ? await blockSize(ort) : 0 });
    const { names, aliases } = distinct(lowered.outputs, new Set(lowered.inputs.keys()));
    const nodes = [...lowered.nodes, ...aliases];
    const shapes = [...changing, ...outputs].map(([, x]) => x.shape);
    const bytes = model({
      name: "program",
      nodes,
      initializers: lowered.initializers,
      inputs: [...lowered.inputs].map(([name, x]) => ({ name, shape: x.shape })),
      outputs: names.map((name, i) => ({ name, shape: shapes[i] })),
    });
    const session = await ort.InferenceSession.create(bytes, {
      ...options,
      // Ours is already simplified. What "basic" does besides pays in small programs that run often; in a training step of
      // thousands of nodes it saves nothing, and takes longer than all the rest. Higher levels change the last bits.
      graphOptimizationLevel: reads || changing.length > 0 ? "disabled" : "basic",
    });

    const nextName = new Map(changing.map(([path], i) => [path, names[i]]));
    const safe = overwrite ? inPlace(nodes, nextName) : new Set<string>();
    // Where a run writes each new state: over the old one where that is safe, else into a second buffer.
    const spare = new Map<string, OrtTensor>();
    for (const [path, x] of changing)
      if (!safe.has(path)) spare.set(path, ortTensor(new Float32Array(size(x.shape)), x));
    const outputNames = names.slice(changing.length);

    async function run(
      values: Parameters<Runnable["run"]>[0] = {},
      into: Parameters<Runnable["run"]>[1] = {},
    ) {
      const data = checkInputs(program, values);
      checkInto(program, into);
      const feeds: Values = {};
      for (const [name, x] of lowered.inputs) {
        const source = x.attrs;
        feeds[name] =
          source.kind === "state" ? state.get(source.name)! : ortTensor(data.get(source.name)!, x);
      }
      const fetches: Record<string, OrtTensor | null> = {};
      for (const [path, name] of nextName) fetches[name] = spare.get(path) ?? state.get(path)!;
      outputs.forEach(([name, x], i) => {
        fetches[outputNames[i]] = Object.hasOwn(into, name) ? ortTensor(into[name], x) : null;
      });
      const results = await session.run(feeds, fetches as Values);
      for (const [path, buffer] of spare) {
        spare.set(path, state.get(path)!);
        state.set(path, buffer);
      }
      return Object.fromEntries(
        outputs.map(([name, x], i) => [name, toNdarray(results[outputNames[i]].data as Float32Array, x)]),
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
        for (const [path, x] of program.state) {
          const inside = prefix === "" || path === prefix || path.startsWith(`${prefix}.`);
          if (inside)
            out.set(path, { shape: x.shape, data: (state.get(path)!.data as Float32Array).slice() });
        }
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

/** Graph outputs need names of their own: an input, a constant or a repeated name gets an Identity node. */
function distinct(names: readonly string[], inputs: ReadonlySet<string>) {
  const used = new Set<string>();
  const aliases: Parameters<typeof model>[0]["nodes"][number][] = [];
  const out = names.map((name, i) => {
    if (!inputs.has(name) && name.startsWith("v") && !used.has(name)) {
      used.add(name);
      return name;
    }
    const alias = `out${i}`;
    aliases.push({ op: "Identity", domain: "", inputs: [name], outputs: [alias], attrs: {} });
    return alias;
  });
  return { names: out, aliases };
}
