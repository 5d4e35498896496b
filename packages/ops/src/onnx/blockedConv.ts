// Convolutions in the layout that ONNX Runtime's CPU kernels are fastest at: channels in blocks, as many as a vector holds.
// Its own optimiser puts models into this layout only where weights are constants, and weights in training are not. The
// operators are of a domain that ONNX Runtime does not document: so they are tried before they are used, and never exported.
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { Shape } from "../shape.js";
import { type OnnxGraph, onnxGraph } from "./graph.js";
import { model } from "./proto.js";

/** What a convolution is, besides its inputs. */
export interface ConvSizes {
  /** Channels of the image, and of the result. */
  readonly channels: number;
  readonly outputs: number;
  readonly kernel: readonly [number, number];
  readonly strides?: readonly number[];
  readonly pads: readonly number[];
}

const domain = "com.microsoft.nchwc";

/** Whether a convolution has a faster form: 1 x 1 kernels are plain products, and channels must fill blocks. */
const fits = (block: number, { channels, outputs, kernel: [kh, kw] }: ConvSizes): boolean =>
  block > 0 && kh * kw > 1 && outputs % block === 0 && (channels < block || channels % block === 0);

/**
 * The convolution of x [b, channels, h, w] by weight [outputs, channels, kh, kw]; with `turned` by the weight [channels,
 * outputs, kh, kw] of the convolution that it takes gradients back through, rows and columns reversed already.
 */
export function convolution(
  graph: OnnxGraph,
  x: string,
  weight: string,
  bias: string | undefined,
  { turned = false, ...sizes }: ConvSizes & { readonly turned?: boolean },
): string {
  const { block } = graph;
  const { channels, outputs, strides = [1, 1], pads } = sizes;
  const rest = bias === undefined ? [] : [bias];
  if (!fits(block, sizes)) {
    const plain = turned ? graph.node("Transpose", [weight], { perm: [1, 0, 2, 3] }) : weight;
    return graph.node("Conv", [x, plain, ...rest], { strides, pads });
  }
  const [image] =
    channels < block
      ? [x]
      : graph.memo(`blocks of ${x}`, () => graph.nodes("ReorderInput", [x], {}, { domain }));
  const y = graph.node(
    "Conv",
    [image, packed(graph, weight, sizes, turned), ...rest],
    { strides, pads },
    { domain },
  );
  return graph.node("ReorderOutput", [y], { channels: outputs }, { domain });
}

/** The weight as the kernels read it: a block of outputs innermost, around it a block of channels where there is one. */
function packed(
  graph: OnnxGraph,
  weight: string,
  { channels, outputs, kernel }: ConvSizes,
  turned: boolean,
): string {
  const { block } = graph;
  const out = [outputs / block, block];
  const into = channels < block ? [channels] : [channels / block, block];
  const axes = turned ? [...into, ...out] : [...out, ...into];
  const [o, ob] = turned ? [into.length, into.length + 1] : [0, 1];
  const [c, cb] = (turned ? [0, 1] : [2, 3]).slice(0, into.length);
  const [rows, columns] = [axes.length, axes.length + 1];
  const perm = [o, c, rows, columns, ...(cb === undefined ? [] : [cb]), ob];
  const split = graph.node("Reshape", [weight, graph.int64([...axes, ...kernel])]);
  const moved = graph.node("Transpose", [split], { perm });
  return graph.node("Reshape", [moved, graph.int64([outputs, channels, ...kernel])]);
}

type Ort = typeof import("onnxruntime-node");

let known: Promise<number> | undefined;

/** Channels in a block of this processor's kernels; 0 where this ONNX Runtime does not convolve this way. */
export function blockSize(ort: Ort): Promise<number> {
  known ??= probe(ort);
  return known;
}

async function probe(ort: Ort): Promise<number> {
  for (const block of [16, 8]) if (await convolves(ort, block).catch(() => false)) return block;
  return 0;
}

/** Whether a convolution in blocks of this size gives the numbers of a plain one. */
async function convolves(ort: Ort, block: number): Promise<boolean> {
  const n = 32;
  const image: Shape = [1, n, 3, 3];
  const weight: Shape = [n, n, 3, 3];
  const numbers = (shape: Shape, by: number) =>
    new ort.Tensor(
      "float32",
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * by) % 17) - 8),
      shape,
    );
  const feeds = { x: numbers(image, 5), w: numbers(weight, 7) };
  const results = await Promise.all(
    [0, block].map(async (size) => {
      const graph = onnxGraph({ block: size });
      const y = convolution(graph, "x", "w", undefined, {
        channels: n,
        outputs: n,
        kernel: [3, 3],
        pads: [1, 1, 1, 1],
      });
      return run(ort, graph.parts, y, feeds);
    }),
  );
  // Sums of small whole numbers, which float32 holds exactly in any order.
  return results[0].every((v, i) => v === results[1][i]);
}

async function run(
  ort: Ort,
  { nodes, initializers }: ReturnType<typeof onnxGraph>["parts"],
  output: string,
  feeds: Readonly<Record<string, OrtTensor>>,
): Promise<Float32Array> {
  const bytes = model({
    name: "probe",
    nodes,
    initializers,
    inputs: Object.entries(feeds).map(([name, { dims }]) => ({ name, shape: dims })),
    outputs: [{ name: output, shape: feeds.x.dims }],
  });
  const options: InferenceSession.SessionOptions = { logSeverityLevel: 4, intraOpNumThreads: 1 };
  const session = await ort.InferenceSession.create(bytes, options);
  try {
    return (await session.run(feeds))[output].data as Float32Array;
  } finally {
    await session.release();
  }
}
