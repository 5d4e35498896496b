// Runs a network of an ONNX file: from pictures as the resize rule leaves them to rows of features.
import { escaped, ImagefnError } from "@imagefn/base";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { quote } from "../weights/_format.js";
import type { FeatureRun } from "./network.js";
import type { ResolvedInput } from "./onnxInput.js";

/** Pictures in one run of a network that leaves it open. */
const BATCH = 8;

/** How a network runs. */
export interface Plan {
  readonly input: string;
  readonly output: string;
  /** Pictures in one run. */
  readonly batch: number;
  readonly size: readonly [height: number, width: number];
  /** Whether the channels come last. */
  readonly last: boolean;
  /** Numbers for each picture. */
  readonly length: number;
  readonly normalisation: Pick<ResolvedInput, "mean" | "std" | "order">;
}

const refused = (file: string, what: string) =>
  new ImagefnError("invalid-data", `metrics: network: ${file} ${what}`);

const shapeText = (shape: readonly (number | string)[]) =>
  `[${shape.map((side) => (typeof side === "number" ? side : escaped(side))).join(", ")}]`;

/**
 * How a network runs, after a look at its input and output and one run.
 * @throws ImagefnError `invalid-data` for other inputs or outputs, `invalid-option` for a size that is missing or another one
 */
export async function planOf(session: InferenceSession, given: ResolvedInput, file: string): Promise<Plan> {
  const { name, batch, last, size } = inputOf(session, given, file);
  const output = outputOf(session, given.output, file);
  const { mean, std, order } = given;
  const normalisation = { mean, std, order };
  const plan = { input: name, output, batch, last, size, length: 0, normalisation };
  const result = await runOnce(session, plan, new Float32Array(batch * 3 * size[0] * size[1]), file);
  const [rows, length, ...others] = result.dims;
  if (result.type !== "float32" || rows !== batch || !(length >= 1) || others.some((n) => n !== 1))
    throw refused(
      file,
      `has the output ${quote(output)} of ${result.type} ${shapeText(result.dims)} for ${batch} pictures (expected float32 ` +
        `[${batch}, length]: one row for each picture; export a pooled output)`,
    );
  return { ...plan, length };
}

function inputOf({ inputMetadata }: InferenceSession, given: ResolvedInput, file: string) {
  const [value] = inputMetadata;
  if (inputMetadata.length !== 1)
    throw refused(
      file,
      `has ${inputMetadata.length} inputs (got ${inputMetadata.map(({ name }) => quote(name)).join(", ")}, expected one, ` +
        "of pictures; export the image network alone)",
    );
  const shape = value.isTensor && value.type === "float32" ? value.shape : [];
  const last = shape[3] === 3 && shape[1] !== 3;
  const sides = last ? [shape[1], shape[2]] : [shape[2], shape[3]];
  if (shape.length !== 4 || (last ? shape[3] : shape[1]) !== 3)
    throw refused(
      file,
      `has the input ${quote(value.name)} of ${value.isTensor ? `${value.type} ${shapeText(value.shape)}` : "no tensor"} ` +
        "(expected float32 [count, 3, height, width] or [count, height, width, 3])",
    );
  const size = sides.map((side, i) => (fixed(side) ? side : given.size?.[i]));
  const [height, width] = size;
  if (height === undefined || width === undefined)
    throw new ImagefnError(
      "invalid-option",
      `network: ${file} leaves the size of its input open (got ${shapeText(shape)}, expected imagefn.size in its metadata, ` +
        "or size beside its path)",
      { option: "network", advised: true, networkFields: ["size"] },
    );
  if (given.size?.some((side, i) => side !== size[i]))
    throw new ImagefnError(
      "invalid-option",
      `network: size is ${given.size[1]} x ${given.size[0]}, but the input of ${file} is ${width} x ${height}`,
      { option: "network", advised: true },
    );
  return {
    name: value.name,
    batch: fixed(shape[0]) ? shape[0] : BATCH,
    last,
    size: [height, width] as const,
  };
}

const fixed = (side: number | string): side is number => typeof side === "number" && side >= 1;

function outputOf({ outputNames }: InferenceSession, asked: string | undefined, file: string): string {
  const names = outputNames.map(quote).join(", ");
  if (asked !== undefined && !outputNames.includes(asked))
    throw new ImagefnError(
      "invalid-option",
      `network: output is ${quote(asked)}, which ${file} does not have (expected ${names})`,
      { option: "network", advised: true },
    );
  if (asked === undefined && outputNames.length !== 1)
    throw new ImagefnError(
      "invalid-option",
      `network: ${file} has several outputs (expected imagefn.output in its metadata, or output beside its path: one of ${names})`,
      { option: "network", advised: true, networkFields: ["output"] },
    );
  return asked ?? outputNames[0];
}

async function runOnce(
  session: InferenceSession,
  { input, output, batch, size, last }: Pick<Plan, "input" | "output" | "batch" | "size" | "last">,
  data: Float32Array,
  file: string,
): Promise<Tensor> {
  const ort = await import("onnxruntime-node");
  const dims = last ? [batch, ...size, 3] : [batch, 3, ...size];
  try {
    return (await session.run({ [input]: new ort.Tensor("float32", data, dims) }, [output]))[output];
  } catch (cause) {
    throw new ImagefnError(
      "invalid-data",
      `metrics: network: ${file} cannot process ${batch} pictures of ${size[1]} x ${size[0]} (${escaped((cause as Error).message)})`,
      { cause },
    );
  }
}

/** The network as `featureExtractor` runs it. */
export function openRunner(session: InferenceSession, plan: Plan): FeatureRun {
  const { batch, size, length } = plan;
  const input = new Float32Array(batch * 3 * size[0] * size[1]);
  return {
    batch,
    async run(pictures) {
      normalise(pictures, plan, input);
      const { data } = await runOnce(session, plan, input, "the network");
      return { pool: (data as Float32Array).subarray(0, batch * length) };
    },
    dispose: () => session.release(),
  };
}

/** Bytes' values 0 to 255, planes of red, green and blue, as the network wants them. */
function normalise(
  pictures: Float32Array,
  { batch, size, last, normalisation }: Plan,
  out: Float32Array,
): void {
  const { mean, std, order } = normalisation;
  const area = size[0] * size[1];
  for (let i = 0; i < batch; i++)
    for (let c = 0; c < 3; c++) {
      const from = (i * 3 + c) * area;
      const channel = order === "bgr" ? 2 - c : c;
      const start = last ? i * 3 * area + channel : (i * 3 + channel) * area;
      const step = last ? 3 : 1;
      for (let p = 0; p < area; p++) out[start + p * step] = (pictures[from + p] / 255 - mean[c]) / std[c];
    }
}
