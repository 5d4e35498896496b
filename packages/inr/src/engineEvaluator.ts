// The renderer on any engine of @imagefn/ops: the layers after the first as one program for a block.
import { add, type Engine, matmul, program, relu, reshape } from "@imagefn/ops";
import { type Evaluator, type EvaluatorInput, tableSlice } from "./evaluator.js";

/** Evaluates blocks with an engine; the weights stay in it. */
export async function engineEvaluator(
  { tables, rest, block }: EvaluatorInput,
  engine: Engine,
): Promise<Evaluator> {
  const { height, width } = block;
  const { outputs } = tables;
  const state = { layers: rest };
  const inputs = { rows: [height, 1, outputs], columns: [width, outputs] };
  const traced = program({ state, inputs }, ({ layers }, { rows, columns }) => {
    const first = reshape(add(rows, columns), [height * width, outputs]);
    const colours = layers.reduce((x, { weight, bias }) => add(matmul(relu(x), weight), bias), first);
    return { outputs: { colours } };
  });
  const runnable = await engine.compile(traced, state);
  return {
    async evaluate({ top, left }) {
      const { colours } = await runnable.run({
        rows: tableSlice(tables, "rows", top, height),
        columns: tableSlice(tables, "columns", left, width),
      });
      return colours.data;
    },
    dispose: () => runnable.dispose(),
  };
}
