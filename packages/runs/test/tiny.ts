// A run so small that it trains in a second, and what tests read of it.
import type { PartialConfig, Progress } from "@imagefn/runs";

/** 64 avatars of 16 pixels, and networks of some thousand numbers. */
export const tiny = {
  name: "tiny",
  data: { kind: "avatars", size: 16, count: 64, heldOut: 4 },
  generator: {
    func: {
      ...{ dim: 16, heads: 2, encoderDepth: 1, decoderDepth: 1, patch: 8, decoderSelfAttention: false },
      inr: { depth: 3, width: 16, groups: 4, peDim: 8, peSigma: 8 },
    },
    unet: { channels: 8, multipliers: [1, 1, 1, 2], blocks: 1, attention: [8], headChannels: 8, groups: 2 },
  },
  pretrain: { steps: 4, batch: 4 },
  train: { steps: 6, batch: 4, emaRates: [0.9, 0.5] },
  sample: { count: 5, sizes: [[16, 16]], ema: 0.9 },
  engine: { name: "onnx", threads: 1 },
} satisfies PartialConfig;

/** A signal that aborts at the first progress that fits, and the callback that watches for it. */
export function abortAt(fits: (progress: Progress) => boolean) {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress(progress: Progress) {
      if (fits(progress)) controller.abort();
    },
  };
}
