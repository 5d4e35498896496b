// Reads named tensors from a file of any format that weights come in, told apart by content.
import { ImagefnError, quoted } from "@imagefn/base";
import { type HostArray, readSafetensors } from "@imagefn/ops";
import { FormatError, fail } from "./_format.js";
import { toFloat32 } from "./_numbers.js";
import { type ByteSource, bytesSource, fileSource } from "./_source.js";
import { zipEntries } from "./_zip.js";
import { NCNN_HALF, parseSqueezenet } from "./ncnn.js";
import { type NpyArray, parseNpy } from "./npy.js";
import { parseNpz } from "./npz.js";
import { listed, parsePth, type ReadOptions } from "./pth.js";
import { parseTensorflow } from "./tensorflow.js";

const FORMATS =
  ".pth and .pt of PyTorch (legacy and zip), .safetensors, .npz, .npy, TensorFlow's frozen .pb, " +
  "and ncnn's .bin of SqueezeNet 1.1";

/**
 * Tensors of a weight file by name, as float32. The format is told by the file's content, whatever it is called;
 * only the tensors that `keep` asks for are read from disk, where the format allows (all but .safetensors and .pb).
 *
 * @throws naming the file, what was found in it, and which formats are read
 */
export async function readWeights(path: string, options: ReadOptions = {}): Promise<Map<string, HostArray>> {
  let file: ReturnType<typeof fileSource>;
  try {
    file = fileSource(path);
  } catch (error) {
    throw new ImagefnError(
      "invalid-data",
      `metrics: cannot read the weights ${quoted(path)} (${(error as Error).message})`,
    );
  }
  try {
    return readSource(file, options);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ImagefnError(
      "invalid-data",
      `metrics: cannot read the weights ${quoted(path)}: ${error.message}`,
    );
  } finally {
    file.close();
  }
}

/** As readWeights, of bytes in memory. */
export function readWeightsBytes(bytes: Uint8Array, options: ReadOptions = {}): Map<string, HostArray> {
  try {
    return readSource(bytesSource(bytes), options);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ImagefnError("invalid-data", `metrics: cannot read the weights: ${error.message}`);
  }
}

function readSource(source: ByteSource, options: ReadOptions): Map<string, HostArray> {
  const { keep = () => true } = options;
  const head = source.copy(0, Math.min(64, source.size));
  const word = head.length >= 8 ? new DataView(head.buffer) : undefined;
  const text = String.fromCharCode(...head);
  if (text.startsWith("PK\x03\x04") || text.startsWith("PK\x05\x06")) {
    const entries = inFormat("a zip", () => zipEntries(source));
    const names = [...entries.keys()];
    if (names.some((name) => /^([^/]+\/)?data\.pkl$/.test(name)))
      return inFormat("a PyTorch zip", () => parsePth(source, options));
    if (names.some((name) => name.endsWith(".npy")))
      return inFormat("a .npz", () => floats(parseNpz(source, keep)));
    return fail(`it is a zip archive of neither PyTorch nor numpy (it has ${listed(entries)}); ${read}`);
  }
  if (text.startsWith("\x93NUMPY"))
    return inFormat("a .npy", () => floats(new Map([["arr_0", wholeNpy(source)]])));
  if (head[0] === 0x80 && head[1] >= 2 && head[1] <= 5)
    return inFormat("a PyTorch pickle", () => parsePth(source, options));
  if (word?.getUint32(0, true) === NCNN_HALF)
    return inFormat("an ncnn .bin", () => filtered(parseSqueezenet(source), keep));
  if (word && head[8] === 0x7b && word.getBigUint64(0, true) <= BigInt(source.size))
    return inFormat("a .safetensors", () => safetensors(source, keep));
  if (head[0] === 0x0a && !text.startsWith("\n<"))
    return inFormat("a TensorFlow .pb", () => parseTensorflow(source.view(0, source.size), keep));
  return fail(`it is ${guess(text, source.size)}; ${read}`);
}

const read = `formats that can be read: ${FORMATS}`;

/** Says as what a file was read when that fails. */
function inFormat<T>(format: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof FormatError) fail(`it looks like ${format} file, but ${error.message}`);
    throw error;
  }
}

function guess(text: string, size: number): string {
  if (size === 0) return "empty";
  if (text.startsWith("version https://git-lfs"))
    return "a Git LFS pointer, not the file itself (git lfs pull gets it)";
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return "a web page (a download that went wrong?)";
  if (text.startsWith("\x89HDF")) return "an HDF5 file (Keras?)";
  if (text.startsWith("\x1f\x8b")) return "packed by gzip: unpack it first";
  if (text.startsWith("\x08")) return "perhaps an ONNX model, which is run and not read for weights";
  const start = [...text.slice(0, 8)].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0"));
  return `of an unknown format (its first bytes are ${start.join(" ")})`;
}

const filtered = <T>(tensors: ReadonlyMap<string, T>, keep: (name: string) => boolean): Map<string, T> =>
  new Map([...tensors].filter(([name]) => keep(name)));

const floats = (arrays: ReadonlyMap<string, NpyArray>): Map<string, HostArray> =>
  new Map([...arrays].map(([name, { shape, data }]) => [name, { shape, data: toFloat32(data) }]));

function wholeNpy(source: ByteSource): NpyArray {
  let at = 0;
  return parseNpy(source.size, (length) => {
    at += length;
    return source.copy(at - length, length);
  });
}

function safetensors(source: ByteSource, keep: (name: string) => boolean): Map<string, HostArray> {
  try {
    return filtered(readSafetensors(source.view(0, source.size)).tensors, keep);
  } catch (error) {
    return fail((error as Error).message.replace(/^ops: not a readable \.safetensors file: /, ""));
  }
}
