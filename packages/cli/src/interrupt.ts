// Ctrl-C and SIGTERM as an AbortSignal: the first one asks the work to stop, the second ends the process.

/** What shells expect of a program that ended because of Ctrl-C. */
export const INTERRUPTED = 130;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

/**
 * Listens until released.
 * @param onFirst called before the signal aborts
 * @param onSecond called before the process exits with 130
 */
export function interruptible(onFirst: () => void = () => {}, onSecond: () => void = () => {}): Interrupt {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) {
      onSecond();
      process.exit(INTERRUPTED);
    }
    onFirst();
    controller.abort();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, interrupt);
  return {
    signal: controller.signal,
    release() {
      for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, interrupt);
    },
  };
}
