// Every op against PyTorch's values and gradients, on the engines that every machine has, and these against each other.
import { gpujsEngine, onnxEngine } from "@imagefn/ops";
import { testAgreement, testGolden } from "./everyOp.js";

const onnx = await onnxEngine({ threads: 1 });
testGolden(onnx);
for (const mode of ["cpu", "webasm"] as const) {
  const engine = await gpujsEngine({ mode });
  testGolden(engine);
  testAgreement(engine, onnx, { rtol: 1e-5, atol: 2e-6 });
}
