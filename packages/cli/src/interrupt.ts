// What Ctrl-C, SIGTERM and a closed terminal (SIGHUP) do: end the command without half-written files, or first ask its work to stop.
import { removeUnfinished } from "@imagefn/base";

/** The exit code that shells expect of a program ended by Ctrl-C. */
export const INTERRUPTED = 130;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Milliseconds: signals so close together are one. `timeout` sends its own to the process and to the process's group. */
const TOGETHER = 50;

function end(): never {
  removeUnfinished();
  process.exit(INTERRUPTED);
}

/** Ends the process on Ctrl-C without leaving half-written files. Returns a function that removes the handler. */
export function cleanInterrupt(): () => void {
  for (const name of SIGNALS) process.once(name, end);
  return () => {
    for (const name of SIGNALS) process.off(name, end);
  };
}

/** Work that can be asked to stop. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

/**
 * The first Ctrl-C or SIGTERM aborts a signal, the second one ends the process.
 * @param onFirst called before the signal aborts
 * @param onSecond called before the process exits with 130
 * @param polite another name of a signal that asks to stop, and never ends the process
 */
export function interruptible(
  onFirst: (name: NodeJS.Signals) => void,
  onSecond: () => void = () => {},
  polite?: NodeJS.Signals,
): Interrupt {
  const controller = new AbortController();
  let first = 0;
  let released = false;
  const ask = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) return;
    onFirst(name);
    controller.abort();
  };
  if (polite) process.on(polite, ask);
  const interrupt = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      onFirst(name);
      controller.abort();
      first = performance.now();
    } else if (performance.now() - first > TOGETHER) {
      if (!released) onSecond();
      end();
    }
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return {
    signal: controller.signal,
    release() {
      // What is left to do is short, but a second signal may come at any time until the process is gone.
      released = true;
      if (!controller.signal.aborted) for (const name of SIGNALS) process.off(name, interrupt);
    },
  };
}
