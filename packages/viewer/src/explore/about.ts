// What the page of an explorer knows of its run, and how it talks to the worker that runs the generator.
import type { InrArchitecture } from "@imagefn/inr";

/** run.json */
export interface About {
  readonly name: string;
  /** Steps of training. */
  readonly step: number;
  /** Parameters of the generator. */
  readonly parameters: number;
  /** Side of the training images. */
  readonly size: number;
  /** Of the noise of one sample. */
  readonly shape: readonly number[];
  readonly seed: number;
  /** Empty for a run without classes. */
  readonly classes: readonly string[];
  readonly architecture: InrArchitecture;
}

/** Noise of one sample, [1, 3, size, size], for the worker. */
export interface Asked {
  readonly z: Float32Array;
  readonly label?: number;
}

/** An array as it travels. */
export interface Sent {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What the worker answers: the outputs of the generator by name, or what went wrong. */
export type Answered =
  | { readonly outputs: Readonly<Record<string, Sent>>; readonly milliseconds: number }
  | { readonly error: string };
