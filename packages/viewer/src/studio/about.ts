// What a studio's page knows from its site, what it keeps in the browser, and its messages to and from the worker.
import type { LogEntry, PageRun, Position } from "@imagefn/runs/pages";
import type { About } from "../explore/about.js";

/** studio.json */
export interface StudioAbout {
  /** The run that is trained on avatars, which lie in avatars.bin. */
  readonly avatars: PageRun & { readonly images: ImagesAbout };
  /** The run that is trained on the reader's pictures. */
  readonly pictures: PageRun;
}

/** Training images without their bytes. */
export interface ImagesAbout {
  /** Such as "968 avatars". */
  readonly title: string;
  readonly count: number;
  /** What a run that goes on compares with its own images; undefined where the browser computes none. */
  readonly digest?: string;
}

/** The training images of a page: bytes [count, 3, size, size], RGB. */
export interface Images extends ImagesAbout {
  readonly kind: "avatars" | "pictures";
  /** `data.path` of the run: the name of the folder. */
  readonly path: string | null;
  readonly bytes: Uint8Array;
}

/** A training as it stands at its last checkpoint. */
export interface Kept {
  readonly minutes: number;
  readonly position: Position;
  /** The bytes of the checkpoint's file. */
  readonly checkpoint: Uint8Array;
  readonly log: readonly LogEntry[];
  /** The last samples that were drawn. */
  readonly samples?: Sheet;
  /** What the explorer shows, once training has begun. */
  readonly explorer?: { readonly about: About; readonly model: Uint8Array };
}

/** Square pictures as RGBA bytes. */
export interface Sheet {
  readonly side: number;
  readonly pictures: readonly Uint8ClampedArray[];
}

/** A picture file with its path in its folder, as "2024/beach.jpg". */
export interface PictureFile {
  readonly path: string;
  readonly file: File;
}

/** What trains: the faster of the two, WebAssembly on the CPU, or WebGPU. */
export type Processor = "auto" | "cpu" | "gpu";

/** To the worker. */
export type ToTrainer =
  /** Makes training images of files. */
  | { readonly kind: "read"; readonly files: readonly PictureFile[]; readonly folder: string }
  /** Takes the avatars of the site. */
  | { readonly kind: "avatars" }
  /** Trains on what the browser keeps, from the last checkpoint if there is one. */
  | { readonly kind: "train"; readonly minutes: number; readonly processor: Processor }
  /** Makes a checkpoint after the current step, and ends there if asked to. */
  | { readonly kind: "save"; readonly stop: boolean };

/** Where training is. */
export interface Progress {
  readonly phase: Position["phase"];
  /** Steps of both phases. */
  readonly step: number;
  /** Mean over the last second. */
  readonly loss: number;
  readonly seconds: number;
}

/** From the worker. */
export type FromTrainer =
  | { readonly kind: "reading"; readonly done: number; readonly total: number }
  /** The images are kept; with sentences on what was left out. */
  | { readonly kind: "images"; readonly leftOut: readonly string[] }
  /** What trains from now on, with a sentence on it. */
  | { readonly kind: "engine"; readonly gpu: boolean; readonly text: string }
  | ({ readonly kind: "progress" } & Progress)
  | { readonly kind: "samples"; readonly samples: Sheet }
  /** A checkpoint is kept. */
  | { readonly kind: "kept"; readonly explorable: boolean }
  | { readonly kind: "ended"; readonly finished: boolean }
  /** Training goes on. */
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "failed"; readonly text: string };
