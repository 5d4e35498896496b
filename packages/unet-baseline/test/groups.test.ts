// The groups of normalisation: 32 where nothing else is said, each over its own channels, computed here by hand.
import { constant, type HostArray, mapTree, onnxEngine, random } from "@imagefn/ops";
import { awake, difference, evaluate } from "@imagefn/testing";
import {
  initResidualBlock,
  paperUnet,
  type ResidualBlock,
  residualBlock,
  unetRecord,
} from "@imagefn/unet-baseline";
import t from "tap";
import { normal } from "./tiny.js";

const engine = await onnxEngine({ threads: 1 });
const [batch, channels, h, w] = [2, 64, 3, 2];
const area = h * w;

type Layer = { weight: HostArray; bias?: HostArray };

/** Group normalisation with scale and shift, then SiLU: x [batch, channels, area]. */
function active(x: Float64Array, { weight, bias }: Layer, groups: number): Float64Array {
  const out = new Float64Array(x.length);
  const n = (channels / groups) * area;
  for (let start = 0; start < x.length; start += n) {
    const group = x.subarray(start, start + n);
    const mean = group.reduce((s, v) => s + v, 0) / n;
    const variance = group.reduce((s, v) => s + (v - mean) ** 2, 0) / n;
    for (let i = start; i < start + n; i++) {
      const c = Math.floor(i / area) % channels;
      const y = ((x[i] - mean) / Math.sqrt(variance + 1e-5)) * weight.data[c] + bias!.data[c];
      out[i] = y / (1 + Math.exp(-y));
    }
  }
  return out;
}

/** A 3 x 3 convolution with padding 1. */
function conv3(x: Float64Array, { weight, bias }: Layer): Float64Array {
  const out = new Float64Array(x.length);
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < channels; o++)
      for (let r = 0; r < h; r++)
        for (let c = 0; c < w; c++) {
          let total = bias!.data[o];
          for (let i = 0; i < channels; i++)
            for (let dr = -1; dr <= 1; dr++)
              for (let dc = -1; dc <= 1; dc++) {
                if (r + dr < 0 || r + dr >= h || c + dc < 0 || c + dc >= w) continue;
                const at = (b * channels + i) * area + (r + dr) * w + c + dc;
                total += x[at] * weight.data[(o * channels + i) * 9 + 3 * (dr + 1) + dc + 1];
              }
          out[(b * channels + o) * area + r * w + c] = total;
        }
  return out;
}

t.test("a residual block by hand, in 32 groups of two channels and in 8 of eight", async (t) => {
  const params: ResidualBlock<HostArray> = awake(
    initResidualBlock(random(3), channels, channels, { embeddingWidth: 8, scaleShift: false }),
  );
  const x = normal("x", [batch, channels, h, w], 3);
  const embedding = normal("embedding", [batch, 8]);
  const silu = embedding.data.map((v) => v / (1 + Math.exp(-v)));
  const results: Float32Array[] = [];
  for (const groups of [32, 8]) {
    const hidden = conv3(active(Float64Array.from(x.data), params.norm1, groups), params.conv1);
    for (let i = 0; i < hidden.length; i++) {
      const [b, c] = [Math.floor(i / (channels * area)), Math.floor(i / area) % channels];
      hidden[i] += params.embedding.bias!.data[c];
      for (let k = 0; k < 8; k++) hidden[i] += params.embedding.weight.data[c * 8 + k] * silu[b * 8 + k];
    }
    const expected = conv3(active(hidden, params.norm2, groups), params.conv2).map((v, i) => v + x.data[i]);
    const got = await evaluate(
      engine,
      (image, e) =>
        residualBlock(mapTree(params, (a: HostArray) => constant(a)) as ResidualBlock, image, e, { groups }),
      [x, embedding],
    );
    t.equal(difference(got.data, expected, { rtol: 1e-4, atol: 1e-4 }), undefined, `${groups} groups`);
    results.push(got.data);
  }
  t.not(difference(results[1], results[0], { rtol: 0.01, atol: 0.01 }), undefined, "which differ");
});

t.test("32 by default", async (t) => {
  t.equal(paperUnet.groups, 32);
  t.equal(unetRecord.defaults.groups, 32);
});
