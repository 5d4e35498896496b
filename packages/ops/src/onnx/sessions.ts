// Sessions of ONNX Runtime whose tensors may stay where they are, on a GPU for one: what engines need of it, so that it can
// run here, in a page or in a process of its own.
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { HostArray } from "../tensor.js";

/** ONNX Runtime for Node or for browsers. */
export type OnnxRuntime = Pick<typeof import("onnxruntime-node"), "InferenceSession" | "Tensor">;

/** A tensor that stays where it is, by number. */
export type Held = number;

export interface SessionRequest {
  readonly model: Uint8Array;
  /** Names of the outputs that stay. */
  readonly held: readonly string[];
  /** Whether ONNX Runtime simplifies the graph first. */
  readonly simplify: boolean;
}

export interface RunRequest {
  readonly session: number;
  readonly feeds: Readonly<Record<string, Held | HostArray>>;
  /** Tensors that nothing needs after this run. */
  readonly spent: readonly Held[];
}

/** Sessions and the tensors they hold, all by number, so that requests and results can be sent to another process. */
export interface Sessions {
  open(request: SessionRequest): Promise<number>;
  run(request: RunRequest): Promise<Record<string, Held | Float32Array>>;
  /** Ends a session. A tensor that it made must not be used afterwards. */
  release(session: number): Promise<void>;
  /** Frees tensors. */
  drop(tensors: readonly Held[]): Promise<void>;
  /** Ends all of them, and what runs them. */
  close(): Promise<void>;
}

/** Sessions of this ONNX Runtime, on the provider that `options` names. On "device", what is held is in the GPU's memory. */
export function localSessions(
  ort: OnnxRuntime,
  options: InferenceSession.SessionOptions,
  place: "device" | "host",
): Sessions {
  const sessions = new Map<number, { session: InferenceSession; held: ReadonlySet<string> }>();
  const tensors = new Map<Held, OrtTensor>();
  let count = 0;

  function drop(held: readonly Held[]): void {
    for (const id of held) {
      tensors.get(id)!.dispose();
      tensors.delete(id);
    }
  }

  return {
    async open({ model, held, simplify }) {
      const kept = place === "device" && held.length > 0;
      const session = await ort.InferenceSession.create(model, {
        ...options,
        graphOptimizationLevel: simplify ? "basic" : "disabled",
        ...(kept
          ? { preferredOutputLocation: Object.fromEntries(held.map((name) => [name, "gpu-buffer" as const])) }
          : {}),
      });
      sessions.set(++count, { session, held: new Set(held) });
      return count;
    },
    async run({ session: id, feeds, spent }) {
      const { session, held } = sessions.get(id)!;
      const given = Object.entries(feeds).map(([name, value]): [string, OrtTensor] => [
        name,
        typeof value === "number" ? tensors.get(value)! : new ort.Tensor("float32", value.data, value.shape),
      ]);
      const results = await session.run(Object.fromEntries(given));
      drop(spent);
      return Object.fromEntries(
        Object.entries(results).map(([name, y]) => {
          // Never getData of a tensor on a GPU: in Node it ends the process.
          if (!held.has(name)) return [name, y.data as Float32Array];
          tensors.set(++count, y);
          return [name, count];
        }),
      );
    },
    async release(id) {
      const { session } = sessions.get(id)!;
      sessions.delete(id);
      await session.release();
    },
    drop: async (held) => drop(held),
    async close() {
      drop([...tensors.keys()]);
      for (const { session } of sessions.values()) await session.release();
      sessions.clear();
    },
  };
}
