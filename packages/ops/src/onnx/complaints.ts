// What ONNX Runtime and drivers say, as a sentence with what to do.
import type { Sessions } from "./sessions.js";

/** The same sessions, whose errors name the engine and say what to do. */
export function complaints(name: string, sessions: Sessions): Sessions {
  const said = (error: Error): never => {
    throw new Error(`ops: ${name}: ${error.message}`);
  };
  return {
    open: (request) => sessions.open(request).catch(said),
    run: (request) => sessions.run(request).catch(said),
    release: (session) => sessions.release(session).catch(said),
    drop: (tensors) => sessions.drop(tensors).catch(said),
    close: () => sessions.close(),
  };
}
