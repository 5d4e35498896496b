// Any network in an ONNX file as a feature network, run by ONNX Runtime.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, dirname, join } from "node:path";
import { escaped, fileErrorCode, ImagefnError, quoted } from "@imagefn/base";
import type { InferenceSession } from "onnxruntime-node";
import { readOnnxFacts } from "../weights/onnxFacts.js";
import type { FeatureNetwork } from "./network.js";
import { type OnnxInput, type ResolvedInput, resolveInput, text } from "./onnxInput.js";
import { openRunner, type Plan, planOf } from "./onnxRunner.js";

/** A network in an ONNX file, and what its file does not say of its input. */
export interface OnnxNetworkOptions extends OnnxInput {
  /** The file. */
  readonly path: string;
}

/** A network in an ONNX file that was looked at. */
export interface OnnxNetwork {
  /** "pool" is its output; the name is that of the file and the first digits of its checksum. */
  readonly network: FeatureNetwork;
  /** What a report says of it: the file, its SHA-256, and what pictures go through before it. */
  readonly weights: Readonly<Record<string, unknown>>;
}

/** Digits of a checksum in a name. */
const DIGITS = 8;

/**
 * Looks at a network in an ONNX file: one float32 input [count, 3, height, width] or [count, height, width, 3], and an output of
 * one number or more for each picture, [count, length]. It is run once, on an empty picture.
 *
 * Its name is that of the file with the first eight hex digits of its SHA-256, so that numbers over different networks never
 * share a name; where options say what the file does not, four digits of the SHA-256 of these settings follow.
 *
 * @param threads of ONNX Runtime on the CPU; 0, the default, uses every core
 * @throws ImagefnError `invalid-data` for a file that is no such network, `invalid-option` where a setting is missing or does not
 *   fit the file; Node's error for a file that cannot be read
 */
export async function onnxNetwork(
  { path, ...given }: OnnxNetworkOptions,
  { threads = 0 }: { readonly threads?: number } = {},
): Promise<OnnxNetwork> {
  const facts = factsOf(path);
  const { input, differs } = resolveInput(given, facts.metadata, quoted(path));
  const sha256 = await checksumOf([path, ...facts.external.map((name) => join(dirname(path), name))]);
  const open = () => openSession(path, threads);
  const plan = await probed(await open(), input, path);
  const { size, length, output } = plan;
  const settings = differs ? `-${createHash("sha256").update(text(input)).digest("hex").slice(0, 4)}` : "";
  const name = `${escaped(basename(path))} ${sha256.slice(0, DIGITS)}${settings}`;
  const { mean, std, order, resize } = input;
  return {
    network: {
      name,
      resize,
      size,
      features: { pool: length },
      open: async () => openRunner(await open(), plan),
    },
    weights: { file: basename(path), sha256, input: { size, mean, std, order, resize, output } },
  };
}

function factsOf(path: string) {
  try {
    return readOnnxFacts(path);
  } catch (error) {
    // A file that is not there or cannot be read has an error that says so.
    if (!(error instanceof Error) || fileErrorCode(error) !== undefined) throw error;
    const why = error instanceof ImagefnError ? error.message.replace(/^metrics: /, "") : error.message;
    throw new ImagefnError(
      "invalid-data",
      `metrics: network: ${quoted(path)} cannot be used (${escaped(why)})`,
      {
        path,
        cause: error,
      },
    );
  }
}

/** SHA-256 of a file, or of several one after the other. */
async function checksumOf(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths)
    for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part as Buffer);
  return hash.digest("hex");
}

async function openSession(path: string, threads: number): Promise<InferenceSession> {
  const ort = await import("onnxruntime-node");
  try {
    return await ort.InferenceSession.create(path, { intraOpNumThreads: threads, logSeverityLevel: 3 });
  } catch (cause) {
    throw new ImagefnError(
      "invalid-data",
      `metrics: network: ${quoted(path)} is not an ONNX file that ONNX Runtime can load (${escaped((cause as Error).message)})`,
      { path, cause },
    );
  }
}

/** How the network runs, after one run on an empty picture: only that tells the length of some outputs. */
async function probed(session: InferenceSession, input: ResolvedInput, path: string): Promise<Plan> {
  try {
    return await planOf(session, input, quoted(path));
  } finally {
    await session.release();
  }
}
