// The engine of `fit` where none is given: ONNX Runtime if it is installed, else GPU.js on WebAssembly.
import { type Engine, gpujsEngine, onnxEngine } from "@imagefn/ops";

export const defaultEngine = (): Promise<Engine> => onnxEngine().catch(() => gpujsEngine({ mode: "webasm" }));
