// The engines agree with each other: values and gradients of every op on GPU.js against ONNX Runtime.
import { gpujsEngine, onnxEngine } from "@imagefn/ops";
import { testAgreement } from "./everyOp.js";

const onnx = await onnxEngine({ threads: 1 });
testAgreement(await gpujsEngine({ mode: "cpu" }), onnx, { rtol: 1e-5, atol: 2e-6 });
testAgreement(await gpujsEngine({ mode: "webasm" }), onnx, { rtol: 1e-5, atol: 2e-6 });
