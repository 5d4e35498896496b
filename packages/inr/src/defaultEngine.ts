// The engine of `fit` where none is given.
import { type Engine, onnxEngine } from "@imagefn/ops";

export const defaultEngine = (): Promise<Engine> => onnxEngine();
