// Reads torchvision's SqueezeNet 1.1 out of an ncnn .bin file, which holds weights without names or shapes.
import type { HostArray } from "@imagefn/ops";
import { fail, reading } from "./_format.js";
import { decode, toFloat32 } from "./_numbers.js";
import { type ByteSource, bytesSource } from "./_source.js";

/** What ncnn puts before weights of 16-bit floats. */
export const NCNN_HALF = 0x01306b47;

/** Fire modules: place in `features`, channels in, squeezed, and out of each of the two expansions. */
const FIRES = [
  [3, 64, 16, 64],
  [4, 128, 16, 64],
  [6, 128, 32, 128],
  [7, 256, 32, 128],
  [9, 256, 48, 192],
  [10, 384, 48, 192],
  [11, 384, 64, 256],
  [12, 512, 64, 256],
];

/** The 26 convolutions in the order of the network: name and shape [out, in, height, width]. */
const convolutions = (): [string, number[]][] => [
  ["features.0", [64, 3, 3, 3]],
  ...FIRES.flatMap(([place, input, squeeze, expand]): [string, number[]][] => [
    [`features.${place}.squeeze`, [squeeze, input, 1, 1]],
    [`features.${place}.expand1x1`, [expand, squeeze, 1, 1]],
    [`features.${place}.expand3x3`, [expand, squeeze, 3, 3]],
  ]),
  ["classifier.1", [1000, 512, 1, 1]],
];

/**
 * SqueezeNet 1.1 from an ncnn .bin with 16-bit weights (squeezenet1_1.fp16.ncnn.bin): for each convolution a tag,
 * the weights padded to 4 bytes, and float32 biases. Names and shapes are torchvision's.
 *
 * @throws where the file is of another length or kind
 */
export function readSqueezenetNcnn(bytes: Uint8Array): Map<string, HostArray> {
  return reading("ncnn file of SqueezeNet 1.1 (.bin)", () => parseSqueezenet(bytesSource(bytes)));
}

export function parseSqueezenet(source: ByteSource): Map<string, HostArray> {
  const out = new Map<string, HostArray>();
  let at = 0;
  for (const [name, shape] of convolutions()) {
    const head = source.view(at, 4);
    const tag = new DataView(head.buffer, head.byteOffset, 4).getUint32(0, true);
    if (tag !== NCNN_HALF)
      fail(
        `the weights of ${name} at byte ${at} are tagged 0x${tag.toString(16)} (expected 0x01306b47, 16-bit floats)`,
      );
    at += 4;
    const size = shape.reduce((n, d) => n * d, 1);
    out.set(`${name}.weight`, { shape, data: toFloat32(decode("float16", source.copy(at, 2 * size))) });
    at += Math.ceil((2 * size) / 4) * 4;
    out.set(`${name}.bias`, {
      shape: [shape[0]],
      data: toFloat32(decode("float32", source.copy(at, 4 * shape[0]))),
    });
    at += 4 * shape[0];
  }
  if (at !== source.size) fail(`it has ${source.size} bytes (expected ${at})`);
  return out;
}
