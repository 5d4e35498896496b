// The frequencies of the positional embedding.

/** w_k = peSigma^(k / (n - 1)), k = 0 .. n - 1, for the n = peDim / 2 frequencies of one axis. */
export function frequencies({ peDim, peSigma }: { peDim: number; peSigma: number }): Float64Array {
  const n = peDim / 2;
  return Float64Array.from({ length: n }, (_, k) =>
    Math.exp(n === 1 ? 0 : (k / (n - 1)) * Math.log(peSigma)),
  );
}
