// Programs whose state stays with ONNX Runtime, on a GPU or in WebAssembly: a run sends inputs and gets outputs back.
import { copyingReader, placed } from "../copyingReader.js";
import type { Engine, Runnable } from "../engine.js";
import type { Program } from "../program.js";
import { size } from "../shape.js";
import { checkInputs, checkInto, checkState, inside, isRunnable, stateMap, toNdarray } from "../state.js";
import type { HostArray } from "../tensor.js";
import { heldState } from "./heldState.js";
import { bytesOf, programModel } from "./programModel.js";
import { scan, stacked, unread } from "./scan.js";
import type { Held, Sessions } from "./sessions.js";

type Inputs = NonNullable<Parameters<Runnable["run"]>[0]>;
type Outputs = Awaited<ReturnType<Runnable["run"]>>;

/** A program that also makes many runs in one call. */
export interface ManyRunnable extends Runnable {
  /**
   * One run for each of `inputs`, and their outputs. The same as so many calls of `run`, but state that crosses a bus
   * crosses it once. Programs without inputs are run one by one.
   */
  runAll(inputs: readonly Inputs[]): Promise<Outputs[]>;
}

/** An engine whose programs also make many runs in one call. */
export interface ManyEngine extends Engine {
  compile(program: Program, state?: unknown): Promise<ManyRunnable>;
}

export interface DeviceSettings {
  readonly name: string;
  /** Sessions for one program. */
  readonly open: () => Sessions;
  /** Whether models keep to what ONNX Runtime's WebGPU provider computes. */
  readonly webgpu: boolean;
}

interface Loop {
  readonly session: number;
  /** The name of each state's value after it. */
  readonly next: ReadonlyMap<string, string>;
}

export function deviceEngine({ name, open, webgpu }: DeviceSettings): ManyEngine {
  async function compile(program: Program, initial?: unknown): Promise<ManyRunnable> {
    const before = isRunnable(initial) ? initial : undefined;
    const given = before ? await before.read() : stateMap(initial);
    checkState(program, given, true);
    const compiled = programModel(program, { webgpu });
    await before?.dispose();

    const { changing, outputs } = compiled;
    const paths = changing.map(({ path }) => path);
    const inputs = [...compiled.inputs];
    const reads = inputs.flatMap(([, { attrs }]) => (attrs.kind === "state" ? [attrs.name] : []));
    const sessions = open();
    const state = heldState(sessions, program, new Set([...paths, ...reads]));
    let session: number;
    try {
      session = await sessions.open({
        model: bytesOf(compiled),
        held: changing.map(({ name }) => name),
        // As on the CPU: ours is simplified already, and where there are thousands of nodes it takes long.
        simplify: changing.length === 0,
      });
      await state.put(given);
    } catch (error) {
      await sessions.close();
      throw error;
    }

    /** How often the state was changed: readers have copies of it. */
    let version = 0;
    let disposed = false;
    const alive = () => {
      if (disposed) throw new Error("ops: this program was disposed of; compile it again");
    };
    const resultsOf = (numbers: (output: (typeof outputs)[number]) => Float32Array): Outputs =>
      Object.fromEntries(outputs.map((output) => [output.key, toNdarray(numbers(output), output.x)]));

    async function run(values: Inputs = {}, into: Parameters<Runnable["run"]>[1] = {}): Promise<Outputs> {
      alive();
      const data = checkInputs(program, values);
      checkInto(program, into);
      const feeds = inputs.map(([key, { attrs, shape }]) => [
        key,
        attrs.kind === "state" ? state.of(attrs.name) : { shape, data: data.get(attrs.name)! },
      ]);
      const spent = paths.map(state.of);
      const found = await sessions.run({ session, feeds: Object.fromEntries(feeds), spent });
      for (const { path, name } of changing) state.set(path, found[name] as Held);
      if (changing.length > 0) version++;
      return Object.fromEntries(
        outputs.map(({ key, x, name }) => [
          key,
          toNdarray(placed(found[name] as Float32Array, into[key]), x),
        ]),
      );
    }

    /** Sessions of many runs, by their number. */
    const loops = new Map<number, Loop>();
    async function loopOf(count: number): Promise<Loop> {
      const known = loops.get(count);
      if (known) return known;
      const { bytes, next } = scan(compiled, count);
      const session = await sessions.open({ model: bytes, held: [...next.values()], simplify: false });
      loops.set(count, { session, next });
      return { session, next };
    }
    async function runAll(list: readonly Inputs[]): Promise<Outputs[]> {
      alive();
      if (list.length < 2 || inputs.every(([, { attrs }]) => attrs.kind === "state")) {
        const all: Outputs[] = [];
        for (const values of list) all.push(await run(values));
        return all;
      }
      const data = list.map((values) => checkInputs(program, values));
      const loop = await loopOf(list.length);
      const feeds: Record<string, Held | HostArray> = {};
      for (const path of paths) if (!reads.includes(path)) feeds[unread(path)] = state.of(path);
      for (const [key, x] of inputs) {
        const { kind, name } = x.attrs;
        feeds[key] =
          kind === "state"
            ? state.of(name)
            : stacked(
                data.map((own) => own.get(name)!),
                x,
              );
      }
      const spent = paths.map(state.of);
      const found = await sessions.run({ session: loop.session, feeds, spent });
      for (const path of paths) state.set(path, found[loop.next.get(path)!] as Held);
      version++;
      return list.map((_, i) =>
        resultsOf(({ name, x }) => {
          const all = found[`all:${name}`] as Float32Array;
          return all.slice(i * size(x.shape), (i + 1) * size(x.shape));
        }),
      );
    }

    return {
      run,
      runAll,
      async read(prefix = "") {
        alive();
        return state.read([...program.state.keys()].filter((path) => inside(path, prefix)));
      },
      async write(values) {
        alive();
        checkState(program, values, false);
        await state.put(values);
        version++;
      },
      async reader(other) {
        alive();
        return copyingReader(other, { program, compile, copy: state.read, version: () => version });
      },
      async dispose() {
        if (disposed) return;
        disposed = true;
        await sessions.close();
      },
    };
  }

  return { name, compile };
}
