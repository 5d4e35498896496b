// Long computations give the event loop a turn now and then, so that timers, signals and pages stay alive.

const INTERVAL_MS = 50;
let last = 0;

/** Lets other work run if this has not happened for a while. */
export async function eventLoopTurn(): Promise<void> {
  const now = performance.now();
  if (now - last < INTERVAL_MS) return;
  await new Promise((resolve) => setTimeout(resolve));
  last = performance.now();
}
