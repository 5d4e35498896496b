// The renderer on any engine of @imagefn/ops: the layers after the first as one program for a block.
import {
  add,
  type Engine,
  type GpujsMode,
  gpujsEngine,
  matmul,
  program,
  type Runnable,
  relu,
  reshape,
  type Shape,
} from "@imagefn/ops";
import { type Evaluator, type EvaluatorInput, tableSlice } from "./evaluator.js";

/** A compiled program, with how many renderers use it at the moment. */
interface Shared {
  readonly runnable: Promise<Runnable>;
  users: number;
}

/** Idle programs that an engine keeps: compiling takes longer than drawing a small picture. */
const KEPT = 8;

/** Programs by engine, then by the shapes of layers and block: the weights are inputs, so all functions share them. */
const compiled = new WeakMap<Engine, Map<string, Shared>>();

/** An engine on GPU.js. */
export const engineOfMode = (mode: GpujsMode): Promise<Engine> => gpujsEngine({ mode });

/** Evaluates blocks with an engine. */
export async function engineEvaluator(
  { tables, rest, block }: EvaluatorInput,
  engine: Engine,
): Promise<Evaluator> {
  const { height, width } = block;
  const { outputs } = tables;
  const shapes: Record<string, Shape> = { rows: [height, 1, outputs], columns: [width, outputs] };
  const weights: Record<string, Float32Array> = {};
  for (const [l, { weight, bias }] of rest.entries()) {
    shapes[`weight${l}`] = weight.shape;
    shapes[`bias${l}`] = bias.shape;
    weights[`weight${l}`] = weight.data;
    weights[`bias${l}`] = bias.data;
  }

  const programs = compiled.get(engine) ?? new Map<string, Shared>();
  compiled.set(engine, programs);
  const key = JSON.stringify(shapes);
  const shared = programs.get(key) ?? {
    runnable: engine.compile(blockProgram(shapes, rest.length)),
    users: 0,
  };
  // The newest stand last.
  programs.delete(key);
  programs.set(key, shared);
  shared.users++;
  const runnable = await shared.runnable;

  return {
    async evaluate({ top, left }) {
      const { colours } = await runnable.run({
        rows: tableSlice(tables, "rows", top, height),
        columns: tableSlice(tables, "columns", left, width),
        ...weights,
      });
      return colours.data;
    },
    async dispose() {
      shared.users--;
      const idle = [...programs].filter(([, { users }]) => users === 0);
      for (const [old, { runnable }] of idle.slice(0, Math.max(0, idle.length - KEPT))) {
        programs.delete(old);
        await (await runnable).dispose();
      }
    },
  };
}

/** From the first layer's tables to the colours of a block, [height * width, 3]. */
const blockProgram = (shapes: Record<string, Shape>, layers: number) =>
  program({ inputs: shapes }, (_, given) => {
    const [height, width] = [shapes.rows[0], shapes.columns[0]];
    let x = reshape(add(given.rows, given.columns), [height * width, shapes.columns[1]]);
    for (let l = 0; l < layers; l++) x = add(matmul(relu(x), given[`weight${l}`]), given[`bias${l}`]);
    return { outputs: { colours: x } };
  });
