// Every op against PyTorch's values and gradients, on the engines that every machine has.
import { gpujsEngine, onnxEngine } from "@imagefn/ops";
import { testGolden } from "./everyOp.js";

testGolden(await onnxEngine({ threads: 1 }));
testGolden(await gpujsEngine({ mode: "cpu" }));
testGolden(await gpujsEngine({ mode: "webasm" }));
