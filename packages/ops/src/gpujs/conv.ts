// The two forms of a convolution's kernel, for x [batch, channels, height, width] and w [outputs, channels, kh, kw].
import type { KernelFunction } from "./kernel.js";

/** One pixel of the result to a thread. */
export const onePixel: KernelFunction = function conv2d(x, w, bias) {
  const thread = this.thread.x;
  let line = Math.floor(thread / this.constants.columns);
  if (line * this.constants.columns > thread) line -= 1;
  if ((line + 1) * this.constants.columns <= thread) line += 1;
  const column = thread - line * this.constants.columns;
  let plane = Math.floor(line / this.constants.oh);
  if (plane * this.constants.oh > line) plane -= 1;
  if ((plane + 1) * this.constants.oh <= line) plane += 1;
  const row = line - plane * this.constants.oh;
  let b = Math.floor(plane / this.constants.outputs);
  if (b * this.constants.outputs > plane) b -= 1;
  if ((b + 1) * this.constants.outputs <= plane) b += 1;
  const o = plane - b * this.constants.outputs;
  let y = bias[o];
  for (let c = 0; c < this.constants.channels; c++) {
    for (let i = 0; i < this.constants.kh; i++) {
      const r = row * this.constants.stride + i - this.constants.padRows;
      for (let j = 0; j < this.constants.kw; j++) {
        const q = column * this.constants.stride + j - this.constants.padColumns;
        if (r >= 0 && r < this.constants.height && q >= 0 && q < this.constants.width) {
          y +=
            x[((b * this.constants.channels + c) * this.constants.height + r) * this.constants.width + q] *
            w[((o * this.constants.channels + c) * this.constants.kh + i) * this.constants.kw + j];
        }
      }
    }
  }
  return y;
};

/** Four neighbours of a row to a thread: each weight is read once for four products. */
export const fourPixels: KernelFunction = function conv2d4(x, w, bias) {
  const thread = this.thread.x;
  let line = Math.floor(thread / this.constants.columns);
  if (line * this.constants.columns > thread) line -= 1;
  if ((line + 1) * this.constants.columns <= thread) line += 1;
  const column = 4 * (thread - line * this.constants.columns);
  let plane = Math.floor(line / this.constants.oh);
  if (plane * this.constants.oh > line) plane -= 1;
  if ((plane + 1) * this.constants.oh <= line) plane += 1;
  const row = line - plane * this.constants.oh;
  let b = Math.floor(plane / this.constants.outputs);
  if (b * this.constants.outputs > plane) b -= 1;
  if ((b + 1) * this.constants.outputs <= plane) b += 1;
  const o = plane - b * this.constants.outputs;
  let y0 = bias[o];
  let y1 = bias[o];
  let y2 = bias[o];
  let y3 = bias[o];
  for (let c = 0; c < this.constants.channels; c++) {
    for (let i = 0; i < this.constants.kh; i++) {
      const r = row * this.constants.stride + i - this.constants.padRows;
      if (r >= 0 && r < this.constants.height) {
        const start = ((b * this.constants.channels + c) * this.constants.height + r) * this.constants.width;
        for (let j = 0; j < this.constants.kw; j++) {
          const s = w[((o * this.constants.channels + c) * this.constants.kh + i) * this.constants.kw + j];
          const q0 = column * this.constants.stride + j - this.constants.padColumns;
          const q1 = q0 + this.constants.stride;
          const q2 = q1 + this.constants.stride;
          const q3 = q2 + this.constants.stride;
          if (q0 >= 0 && q0 < this.constants.width) y0 += s * x[start + q0];
          if (q1 >= 0 && q1 < this.constants.width) y1 += s * x[start + q1];
          if (q2 >= 0 && q2 < this.constants.width) y2 += s * x[start + q2];
          if (q3 >= 0 && q3 < this.constants.width) y3 += s * x[start + q3];
        }
      }
    }
  }
  return [y0, y1, y2, y3];
};
