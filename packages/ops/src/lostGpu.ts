// What engines say when a GPU goes away: its driver crashed, was updated, or it was unplugged.

/** The sentence, without the engine's name. @param said what the driver says */
export const lostGpu = (said: string): string =>
  `the GPU was lost (${said}); go on from the last checkpoint, and if it is lost again, update its driver or compute on ` +
  "the CPU";
