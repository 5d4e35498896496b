// Opens an ONNX file that holds the network of a metric, and checks that it does.
import { escaped, ImagefnError, quoted } from "@imagefn/base";
import type { InferenceSession } from "onnxruntime-node";
import type { OnnxValue, QualityNetwork, RunOnnx } from "./network.js";

export interface OnnxFile {
  readonly run: RunOnnx;
  close(): Promise<void>;
}

const FLOAT = "float32";

/**
 * @param threads for one operator; 0 uses every core
 * @throws if the file cannot be loaded, or its inputs and outputs are not those of the network
 */
export async function openOnnx(
  metric: string,
  { input, output }: QualityNetwork,
  path: string,
  threads: number,
): Promise<OnnxFile> {
  const how =
    "export it with tools/quality_export.py of @imagefn/metrics: " +
    `python3 quality_export.py ${metric} ${metric}.onnx`;
  const ort = await import("onnxruntime-node");
  const options: InferenceSession.SessionOptions = { intraOpNumThreads: threads, logSeverityLevel: 3 };
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(path, options);
  } catch (cause) {
    const { message } = cause as Error;
    throw new ImagefnError(
      "invalid-data",
      `metrics: ${metric}: ${escaped(JSON.stringify(path))} is not an ONNX file that can be read (${escaped(message)}); ${how}`,
      {
        cause,
      },
    );
  }
  const found = [session.inputMetadata, session.outputMetadata].map((values) => values.map(declared));
  if (!(fits(found[0], input) && fits(found[1], output))) {
    await session.release();
    throw new ImagefnError(
      "invalid-data",
      `metrics: ${metric}: ${escaped(JSON.stringify(path))} holds another network (got ${found[0].map(text).join(", ")} -> ` +
        `${found[1].map(text).join(", ")}, expected ${text(input)} -> ${text(output)}); ${how}`,
    );
  }

  const accepted = found[0][0];
  return {
    async run({ data, shape }) {
      if (!fits([accepted], { name: input.name, shape }))
        throw new ImagefnError(
          "invalid-data",
          `metrics: ${metric}: ${escaped(JSON.stringify(path))} was exported for pictures of one size only (got ` +
            `${text({ name: input.name, shape })}, expected ${text(accepted)}); ${how}`,
        );
      const tensor = new ort.Tensor(FLOAT, data, shape);
      const results = await session.run({ [input.name]: tensor });
      return results[output.name].data as Float32Array;
    },
    close: () => session.release(),
  };
}

/** Only float32 tensors have a shape here. */
function declared(value: InferenceSession.ValueMetadata): OnnxValue {
  const known = value.isTensor && value.type === FLOAT;
  return { name: value.name, shape: known ? value.shape : ["not float32"] };
}

/** Whether there is one value, of that name, whose sizes agree wherever both are numbers. */
function fits(found: readonly OnnxValue[], { name, shape }: OnnxValue): boolean {
  const free = (n: number | string) => typeof n === "string" || n < 0;
  return (
    found.length === 1 &&
    found[0].name === name &&
    found[0].shape.length === shape.length &&
    found[0].shape.every((n, i) => free(n) || free(shape[i]) || n === shape[i])
  );
}

const text = ({ name, shape }: OnnxValue) =>
  `${quoted(name)} [${shape.map((side) => quoted(String(side))).join(", ")}]`;
