// Replaces the default engine in browsers, so that bundles do not contain the code for ONNX models.
import type { Engine } from "@imagefn/ops";

export const defaultEngine = (): Promise<Engine> =>
  Promise.reject(
    new Error(
      'inr: fit has no default engine in browsers; pass one: { engine: await gpujsEngine({ mode: "webgpu" }) }',
    ),
  );
