// Programs whose state stays with ONNX Runtime, on a GPU or in WebAssembly: a run sends inputs and gets outputs back.
import type { Engine, Runnable } from "../engine.js";
import type { Program } from "../program.js";
import { size } from "../shape.js";
import { checkInputs, checkState, inside, isRunnable, stateMap, toNdarray } from "../state.js";
import type { HostArray } from "../tensor.js";
import { bytesOf, programModel } from "./programModel.js";
import { model } from "./proto.js";
import type { Held, Sessions } from "./sessions.js";

export interface DeviceSettings {
  readonly name: string;
  /** Sessions for one program. */
  readonly open: () => Sessions;
  /** Whether models keep to what ONNX Runtime's WebGPU provider computes. */
  readonly webgpu: boolean;
}

/** State moves in parts of at most so many numbers: it is copied on its way. */
const PART = 2 ** 24;

export function deviceEngine({ name, open, webgpu }: DeviceSettings): Engine {
  async function compile(program: Program, initial?: unknown): Promise<Runnable> {
    const before = isRunnable(initial) ? initial : undefined;
    const given = before ? await before.read() : stateMap(initial);
    checkState(program, given, true);
    const compiled = programModel(program, { webgpu });
    await before?.dispose();

    const { changing, outputs } = compiled;
    const sessions = open();
    const session = await sessions.open({
      model: bytesOf(compiled),
      held: changing.map(({ name }) => name),
      // As with the CPU's: ours is simplified already, and where there are thousands of nodes it takes long.
      simplify: changing.length === 0,
    });
    /** What the model reads or writes is held there; the rest of the state is only kept. */
    const held = new Map<string, Held>();
    const kept = new Map<string, HostArray>();
    const used = new Set(changing.map(({ path }) => path));
    for (const { attrs } of compiled.inputs.values()) if (attrs.kind === "state") used.add(attrs.name);

    // A tensor may be used as long as the session that made it: movers are kept, and made once for the same states.
    const movers = new Map<string, number>();
    async function mover(paths: readonly string[], to: "device" | "host"): Promise<number> {
      const key = [to, ...paths].join("\n");
      const known = movers.get(key);
      if (known !== undefined) return known;
      const shapes = paths.map((path) => program.state.get(path)!.shape);
      const opened = await sessions.open({
        model: model({
          name: "move",
          nodes: paths.map((_, i) => ({
            op: "Identity",
            domain: "",
            inputs: [`x${i}`],
            outputs: [`y${i}`],
            attrs: {},
          })),
          initializers: [],
          inputs: shapes.map((shape, i) => ({ name: `x${i}`, shape })),
          outputs: shapes.map((shape, i) => ({ name: `y${i}`, shape })),
        }),
        held: to === "device" ? paths.map((_, i) => `y${i}`) : [],
        simplify: false,
      });
      movers.set(key, opened);
      return opened;
    }

    /** Calls `move` with the paths in parts. */
    async function inParts(paths: readonly string[], move: (part: string[]) => Promise<void>) {
      let part: string[] = [];
      let numbers = 0;
      for (const path of paths) {
        const own = size(program.state.get(path)!.shape);
        if (part.length > 0 && numbers + own > PART) {
          await move(part);
          [part, numbers] = [[], 0];
        }
        part.push(path);
        numbers += own;
      }
      if (part.length > 0) await move(part);
    }

    async function put(values: ReadonlyMap<string, HostArray>): Promise<void> {
      for (const [path, { data }] of values)
        if (!used.has(path)) kept.set(path, { shape: program.state.get(path)!.shape, data: data.slice() });
      const moving = [...values.keys()].filter((path) => used.has(path));
      await inParts(moving, async (part) => {
        const feeds = part.map((path, i) => {
          const { shape } = program.state.get(path)!;
          return [`x${i}`, { shape, data: values.get(path)!.data }];
        });
        const spent = part.flatMap((path) => held.get(path) ?? []);
        const found = await sessions.run({
          session: await mover(part, "device"),
          feeds: Object.fromEntries(feeds),
          spent,
        });
        part.forEach((path, i) => void held.set(path, found[`y${i}`] as Held));
      });
    }
    await put(given);

    let disposed = false;
    const alive = () => {
      if (disposed) throw new Error("ops: this program was disposed of; compile it again");
    };

    return {
      async run(values = {}) {
        alive();
        const data = checkInputs(program, values);
        const feeds: Record<string, Held | HostArray> = {};
        for (const [key, { attrs, shape }] of compiled.inputs)
          feeds[key] =
            attrs.kind === "state" ? held.get(attrs.name)! : { shape, data: data.get(attrs.name)! };
        const spent = changing.map(({ path }) => held.get(path)!);
        const found = await sessions.run({ session, feeds, spent });
        for (const { path, name } of changing) held.set(path, found[name] as Held);
        return Object.fromEntries(
          outputs.map(({ key, x, name }) => [key, toNdarray(found[name] as Float32Array, x)]),
        );
      },
      async read(prefix = "") {
        alive();
        const paths = [...program.state.keys()].filter((path) => inside(path, prefix));
        const data = new Map<string, Float32Array>();
        await inParts(
          paths.filter((path) => held.has(path)),
          async (part) => {
            const feeds = part.map((path, i) => [`x${i}`, held.get(path)!]);
            const found = await sessions.run({
              session: await mover(part, "host"),
              feeds: Object.fromEntries(feeds),
              spent: [],
            });
            part.forEach((path, i) => void data.set(path, found[`y${i}`] as Float32Array));
          },
        );
        const numbers = (path: string) => data.get(path) ?? kept.get(path)!.data.slice();
        return new Map(
          paths.map((path) => [path, { shape: program.state.get(path)!.shape, data: numbers(path) }]),
        );
      },
      async write(values) {
        alive();
        checkState(program, values, false);
        await put(values);
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
