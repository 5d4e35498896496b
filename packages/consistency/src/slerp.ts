// Noise between two samples, for interpolation (Song et al. 2023, appendix D).

/**
 * From a to b along the great circle, at t from 0 to 1: sin((1 - t) psi) / sin(psi) a + sin(t psi) / sin(psi) b, with psi
 * the angle between them, so that mixed noise keeps the length of noise. Exactly a at 0 and b at 1.
 */
export function slerp(a: Float32Array, b: Float32Array, t: number): Float32Array {
  if (t === 0) return a;
  if (t === 1) return b;
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  const angle = Math.acos(Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb))));
  if (angle < 1e-6) return a;
  const [u, v] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
  return a.map((x, i) => u * x + v * b[i]);
}
