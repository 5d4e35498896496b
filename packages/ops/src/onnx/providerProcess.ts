// Called as `node providerProcess.js`, with a channel to its parent: runs sessions of ONNX Runtime for it on a GPU, whose
// driver can then only end this process.
import type { InferenceSession } from "onnxruntime-node";
import { localSessions, type OnnxRuntime, type Sessions } from "./sessions.js";

/** The first message: where ONNX Runtime is, and how its sessions run. */
export interface Start {
  readonly runtime: string;
  readonly options: InferenceSession.SessionOptions;
  readonly place: "device" | "host";
}

/** Every other message. */
export interface Call {
  readonly id: number;
  readonly method: keyof Sessions;
  readonly given: unknown;
}

/** Its answer. */
export type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

const { process } = globalThis;
let sessions: Promise<Sessions> | undefined;

async function start({ runtime, options, place }: Start): Promise<Sessions> {
  const ort: OnnxRuntime & { default?: OnnxRuntime } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ runtime
  );
  return localSessions(ort.default ?? ort, options, place);
}

async function answer({ id, method, given }: Call): Promise<Answer> {
  try {
    return { id, result: await (await sessions!)[method](given as never) };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

process.on("message", (message: Start | Call) => {
  if ("runtime" in message) sessions = start(message);
  else void answer(message).then((found) => process.send!(found));
});
// Without its parent nobody needs it; without this, its native library may wait at the end.
process.on("disconnect", () => process.exit(0));
