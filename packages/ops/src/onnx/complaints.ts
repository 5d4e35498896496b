// What ONNX Runtime and drivers say when they fail, as a sentence that says what happened and what to do.
import { lostGpu } from "../lostGpu.js";
import type { Sessions } from "./sessions.js";

/** What messages look like, and what they mean, the first that fits. */
const MEANINGS: readonly (readonly [RegExp, (said: string) => string])[] = [
  [
    /its worker ended/,
    (said) =>
      `the driver of the GPU failed: ${said}; go on from the last checkpoint, update the driver, or use the engine "onnx"`,
  ],
  [
    /WebGPU adapter|No supported adapters/,
    () =>
      "WebGPU finds no adapter here; install the driver of a GPU, with Vulkan, Metal or Direct3D 12 (on Linux also " +
      'libvulkan1), or use the engine "onnx"',
  ],
  [
    /ExecutionProvider_Cuda|providers_cuda|providers_shared|libcu|CUDA driver|no CUDA-capable|CUDA execution provider/i,
    (said) =>
      `CUDA does not load (${said}); it needs a GPU of NVIDIA with its driver, CUDA 12 with cuDNN 9, and ONNX Runtime's ` +
      'libraries for it, which "npm rebuild onnxruntime-node" downloads; or use the engine "onnx:webgpu"',
  ],
  [
    /out of memory|OutOfMemory|bad_alloc|allocate memory|alloc.*fail|memory access out of bounds/i,
    (said) => `the memory is full (${said}); use a smaller batch, or a smaller network`,
  ],
  [/device.{0,20}lost|lost.{0,20}device|DeviceLost/i, lostGpu],
  [
    /no available backend found/,
    (said) =>
      `the files of onnxruntime-web do not load (${said.replace(/^.*?ERR: /, "")}); serve those of its folder dist at the ` +
      "address that `files` gives",
  ],
  [
    /assigned to the default CPU EP/,
    () => "the GPU does not compute every operator of this program; compute it on the CPU",
  ],
];

/** The same sessions, whose errors name the engine and say what to do. */
export function complaints(name: string, sessions: Sessions): Sessions {
  const said = (error: Error): never => {
    throw new Error(`ops: ${name}: ${meaningOf(error.message)}`, { cause: error });
  };
  return {
    open: (request) => sessions.open(request).catch(said),
    run: (request) => sessions.run(request).catch(said),
    release: (session) => sessions.release(session).catch(said),
    drop: (tensors) => sessions.drop(tensors).catch(said),
    close: () => sessions.close(),
  };
}

/** A message of ONNX Runtime in our words; where we have none, its own, without the place in its source. */
export function meaningOf(message: string): string {
  const line = message.trim().split("\n")[0];
  const own = line.replace(/^.*?\/onnxruntime\S+:\d+ .*? was false\. /, "").slice(0, 300);
  const found = MEANINGS.find(([pattern]) => pattern.test(message));
  return found ? found[1](own) : own;
}
