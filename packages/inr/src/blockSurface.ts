// Frames on the CPU, block by block: in plain code, or in WebAssembly with SIMD.
import { CHANNELS } from "./architecture.js";
import { toByte } from "./bytes.js";
import { eventLoopTurn } from "./eventLoop.js";
import { plainEvaluator } from "./plain.js";
import { simdEvaluator } from "./simd.js";
import type { Surface } from "./surface.js";

/** Pixels between two turns of the event loop. */
const BLOCK = 16_384;

const evaluators = { plain: plainEvaluator, simd: simdEvaluator } as const;

export const blockSurface = (backend: keyof typeof evaluators): Surface => ({
  bottomUp: false,
  columns: 1,
  async draw({ rest }, tables, { width, height }, context) {
    const rows = Math.max(1, Math.floor(BLOCK / width));
    const { evaluate } = evaluators[backend]({ tables, rest, block: { height: rows, width } });
    const image = new ImageData(width, height);
    for (let top = 0, to = 0; top < height; top += rows) {
      const area = { top, left: 0, height: Math.min(rows, height - top), width };
      const colours = await evaluate(area);
      const end = area.height * width * CHANNELS;
      for (let i = 0; i < end; i += CHANNELS, to += 4) {
        for (let c = 0; c < CHANNELS; c++) image.data[to + c] = toByte(colours[i + c]);
        image.data[to + 3] = 255;
      }
      await eventLoopTurn();
    }
    return () => context.putImageData(image, 0, 0);
  },
  async dispose() {},
});
