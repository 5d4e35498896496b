// What an explorer's page knows about its run, and its messages to and from the worker that runs the generator.
import type { Parameterisation } from "@imagefn/consistency";
import type { InrArchitecture } from "@imagefn/inr";
import type { PageLevels } from "@imagefn/runs/pages";

/** run.json */
export interface About {
  readonly name: string;
  /** Steps of training. */
  readonly step: number;
  /** Parameters of the generator. */
  readonly parameters: number;
  /** Side of the training images. */
  readonly size: number;
  /** Shape of the noise of one sample, [3, size, size]. */
  readonly shape: readonly number[];
  readonly seed: number;
  /** Empty for a run without classes. */
  readonly classes: readonly string[];
  readonly architecture: InrArchitecture;
  /** The one that it was trained with, which decides the factor on the output of its functions. */
  readonly parameterisation: Parameterisation;
  /** Noise levels of samples and of edits. */
  readonly levels: PageLevels;
}

/** What an explorer shows. */
export interface Source {
  readonly about: About;
  /** The generator as .onnx: its address, or its bytes. */
  readonly model: string | Uint8Array;
}

/** The first message to the worker: the generator, as an address or as the bytes of the file. */
export interface Begin {
  readonly model: string | Uint8Array;
}

/** A noisy image [1, 3, size, size] and its noise level, for the worker. */
export interface Asked {
  readonly x: Float32Array;
  readonly sigma: number;
  readonly label?: number;
}

/** An array in a message. */
export interface Sent {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The worker's answer: the outputs of the generator by name, or what went wrong. */
export type Answered =
  | { readonly outputs: Readonly<Record<string, Sent>>; readonly milliseconds: number }
  | { readonly error: string };
