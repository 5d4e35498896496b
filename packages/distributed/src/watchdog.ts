// Ends work that hangs: a timer on the main thread while a call waits on another.

export interface Watchdog {
  /** Seconds that a call may take, from its beginning or from the last change of this number. */
  patience: number;
  /** Whether a call is under way. */
  readonly busy: boolean;
  during<T>(call: () => Promise<T>): Promise<T>;
}

/** @param late called once, with the patience, if a call takes longer */
export function watchdog(patience: number, late: (seconds: number) => void): Watchdog {
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  function look(): void {
    clearTimeout(timer);
    if (since === undefined || patience === Number.POSITIVE_INFINITY) return;
    const left = since + patience * 1000 - performance.now();
    // Longer times do not fit a timer.
    if (left > 0) timer = setTimeout(look, Math.min(left + 1, 1e9));
    else late(patience);
  }
  return {
    get patience() {
      return patience;
    },
    set patience(seconds) {
      patience = seconds;
      if (since === undefined) return;
      since = performance.now();
      look();
    },
    get busy() {
      return since !== undefined;
    },
    async during(call) {
      since = performance.now();
      look();
      try {
        return await call();
      } finally {
        since = undefined;
        clearTimeout(timer);
      }
    },
  };
}
