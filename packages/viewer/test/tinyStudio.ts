// What a studio trains in tests: the smallest network, with a checkpoint every second.
export const tinyStudio = {
  data: { size: 16, count: 40, heldOut: 4 },
  generator: {
    func: {
      ...{ dim: 16, heads: 2, encoderDepth: 1, decoderDepth: 1, patch: 8 },
      inr: { depth: 3, width: 16, groups: 4, peDim: 8, peSigma: 8 },
    },
  },
  pretrain: { batch: 4 },
  train: { batch: 4 },
  budget: { minutes: 0.1 },
  engine: { threads: 1 },
  sample: { count: 2, sizes: [[16, 16]], everySeconds: 1 },
  checkpoint: { everySeconds: 1 },
};
