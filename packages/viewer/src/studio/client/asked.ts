// What the page asks of a training, and how that answers.
import type { FromTrainer } from "../about.js";

/** What the page wants while training runs; looked at between steps. */
export interface Asked {
  /** A checkpoint now. */
  save: boolean;
  /** No further step. */
  stop: boolean;
}

/** Sends a message to the page. */
export type Post = (message: FromTrainer, transfer?: Transferable[]) => void;
