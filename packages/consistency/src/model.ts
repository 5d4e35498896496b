// A compiled network as a function of noisy images.

/** f of a batch, or D of a diffusion model: noisy images [batch, 3, h, w] at one noise level to images. */
export type ConsistencyModel = (x: Float32Array, sigma: number) => Promise<Float32Array>;
