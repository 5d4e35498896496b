// What browsers get in place of the default engine: its package is for Node, and bundlers must not follow it.
import type { Engine } from "@imagefn/ops";

export const defaultEngine = (): Promise<Engine> =>
  Promise.reject(
    new Error(
      'inr: fit has no engine of its own in a browser; give it one: { engine: await gpujsEngine({ mode: "webgpu" }) }',
    ),
  );
