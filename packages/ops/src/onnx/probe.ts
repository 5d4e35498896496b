// The smallest program, which shows whether a provider works here.
import { model } from "./proto.js";
import type { Sessions } from "./sessions.js";

const identity = model({
  name: "identity",
  nodes: [{ op: "Identity", domain: "", inputs: ["x"], outputs: ["y"], attrs: {} }],
  initializers: [],
  inputs: [{ name: "x", shape: [1] }],
  outputs: [{ name: "y", shape: [1] }],
});

/** Runs it, so that what does not work here fails now rather than at the first program. */
export async function probe(sessions: Sessions): Promise<void> {
  const session = await sessions.open({ model: identity, held: [], simplify: false });
  await sessions.run({ session, feeds: { x: { shape: [1], data: Float32Array.of(1) } }, spent: [] });
}

/** The same, and closes the sessions. */
export async function probeAndClose(sessions: Sessions): Promise<void> {
  try {
    await probe(sessions);
  } finally {
    await sessions.close();
  }
}
