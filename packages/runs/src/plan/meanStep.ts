// The mean time of the steps of a run of which a part denoises.

/**
 * Seconds of a step over the whole of training.
 * @param denoise the part that denoises: of the steps, or of the time where that is what a run is given, since its schedule
 * follows the clock
 * @param seconds of a step that denoises and of one that does not; a part that there is none of needs none
 * @param timed whether the run is given a time
 */
export function meanStepSeconds(
  denoise: number,
  { denoising = 0, other = 0 }: { readonly denoising?: number; readonly other?: number },
  timed: boolean,
): number {
  if (denoise === 0) return other;
  if (denoise === 1) return denoising;
  return timed
    ? 1 / (denoise / denoising + (1 - denoise) / other)
    : denoise * denoising + (1 - denoise) * other;
}
