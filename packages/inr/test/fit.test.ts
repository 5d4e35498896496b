// Fitting an image function to a picture: quality, smoothness between pixels, determinism, errors.
import { type FitOptions, fit, fitArchitecture, psnr, render, toBytes } from "@imagefn/inr";
import { onnxEngine } from "@imagefn/ops";
import t from "tap";

const engine = await onnxEngine({ threads: 1 });
const small = { engine, architecture: { width: 32, peDim: 32 } } satisfies FitOptions;

/** A disc before a gradient, [3, height, width], with the mean colour of 8 x 8 points in each pixel. */
function disc(height: number, width: number, samples = 8) {
  const data = new Float32Array(3 * height * width);
  const n = height * width;
  for (let i = 0; i < height * samples; i++)
    for (let j = 0; j < width * samples; j++) {
      const [y, x] = [(i + 0.5) / samples / height, (j + 0.5) / samples / width];
      const inside = (x - 0.55) ** 2 + (y - 0.45) ** 2 < 0.09;
      const colour = inside ? [0.9, -0.6, -0.2] : [2 * x - 1, 2 * y - 1, 0.3];
      const pixel = Math.floor(i / samples) * width + Math.floor(j / samples);
      for (let c = 0; c < 3; c++) data[c * n + pixel] += colour[c] / samples ** 2;
    }
  return { shape: [3, height, width], data };
}

t.test("a small picture, drawn again at its own size and at four times that", async (t) => {
  const image = disc(24, 24);
  const steps: number[] = [];
  const onProgress = ({ step }: { step: number }) => steps.push(step);
  const result = await fit(image, { ...small, steps: 300, onProgress });
  t.ok(result.psnr > 32, `${result.psnr.toFixed(1)} dB`);
  t.equal(result.losses.length, 300);
  t.ok(result.losses[299] < 0.02 * result.losses[0], `${result.losses[0]} -> ${result.losses[299]}`);
  t.same([steps[0], steps.length, steps[299]], [1, 300, 300]);
  const same = await render(result.imageFunction, { width: 24, height: 24, engine, clamp: true });
  t.equal(psnr(same.data, image.data), result.psnr);
  const large = await render(result.imageFunction, { width: 96, height: 96, clamp: true });
  const quality = psnr(large.data, disc(96, 96).data);
  t.ok(quality > 25, `${quality.toFixed(1)} dB between the pixels`);
});

t.test("bytes off the square, a random part of the pixels in each step", async (t) => {
  const bytes = toBytes(disc(20, 30));
  const { imageFunction, psnr: quality } = await fit(bytes, { ...small, steps: 200, batch: 256 });
  t.ok(quality > 26, `${quality.toFixed(1)} dB`);
  t.equal(imageFunction.architecture.peSigma, fitArchitecture({ width: 30, height: 20 }).peSigma);
  t.equal(imageFunction.architecture.width, 32);
});

t.test("the same seed gives the same function, another seed another one", async (t) => {
  const numbers = async (options: FitOptions) => {
    const { imageFunction, losses } = await fit(disc(8, 8), { ...small, steps: 5, batch: 32, ...options });
    // As text: comparing thousands of numbers one by one takes tap seconds.
    return JSON.stringify([...losses, imageFunction.layers]);
  };
  const first = await numbers({ seed: 3 });
  t.ok((await numbers({ seed: 3 })) === first);
  t.ok((await numbers({ seed: 4 })) !== first);
  t.ok((await numbers({ seed: 3, jitter: false })) !== first);
});

t.test("what cannot be fitted is named", async (t) => {
  const image = disc(4, 4, 1);
  await t.rejects(fit(image, { ...small, steps: 0 }), /fit: steps must be a positive whole number \(got 0\)/);
  await t.rejects(fit(image, { ...small, batch: 0.5 }), /batch must be a positive whole number/);
  await t.rejects(fit(image, { ...small, learningRate: -1 }), /learningRate must be positive \(got -1\)/);
  await t.rejects(fit({ ...image, shape: [1, 4, 12] }, small), /a picture is \[3, height, width\]/);
  await t.rejects(fit({ width: 4, height: 4, data: new Uint8Array(5) }, small), /got 5 bytes, expected 48/);
  await t.rejects(fit({ ...image, data: image.data.map(() => Number.NaN) }, small), /not finite/);
  await t.rejects(fit(image, { ...small, architecture: { width: 0 } }), /width must be a positive whole/);
  const wild = fit(image, { ...small, learningRate: 1e20, steps: 50 });
  await t.rejects(wild, /the loss is not finite at step .* lower learningRate/);
});
