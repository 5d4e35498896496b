// The record by which configuration, checks and tables know a generator.
import type { Generator } from "./generator.js";
import type { FieldName, Problem } from "./problem.js";

/**
 * All that is known of one kind of generator. Each architecture's package makes its own, without importing this type; a
 * list of records makes a schema's choices, its checks, the names in tables, and the networks.
 */
export interface GeneratorRecord<Settings extends object = object, Made extends Generator = Generator> {
  /** The name in a configuration, as "func". */
  readonly name: string;
  /** The name in tables and figures, as "CM-Func". */
  readonly title: string;
  /** One clause in plain text. */
  readonly description: string;
  /** The paper's settings, without the number of classes, which is the data's. */
  readonly defaults: Settings;
  /**
   * The generator for images of one size.
   * @throws if the settings make no network for that size
   */
  make(settings: Settings, about: GeneratorSize): Made;
  /**
   * Every rule that the settings break for images of height x width pixels; empty where `make` succeeds.
   * @param name what messages call another field; its own name if left out
   */
  problems(
    settings: Settings,
    size: readonly [height: number, width: number],
    name?: FieldName,
  ): readonly Problem[];
}

/** What a generator is made for. */
export interface GeneratorSize {
  /** [height, width] of the images in pixels. */
  readonly size: readonly [height: number, width: number];
  /** Number of classes; 0 for an unconditional generator. */
  readonly classes: number;
  /** Whether a generator with classes has a label for no class, as label dropout and guidance need it. */
  readonly nullClass?: boolean;
}
