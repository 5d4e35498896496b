// Ends a training thread between two calls of its engine: a flag in shared memory, since messages wait for the step to end.

/** 0: trains; 1: is asked to end; 2: has stopped working. */
export type Halt = Int32Array<SharedArrayBuffer>;

export const newHalt = (): Halt => new Int32Array(new SharedArrayBuffer(4));

/** Asks a thread to end. */
export function requestHalt(halt: Halt): void {
  Atomics.compareExchange(halt, 0, 0, 1);
}

/** Asks a thread to end, and blocks the caller until it has stopped working, at most that long. */
export function waitForHalt(halt: Halt, milliseconds: number): void {
  requestHalt(halt);
  Atomics.wait(halt, 0, 1, milliseconds);
}

/** Says that the thread that calls this works no longer: nobody needs to wait for it. */
export function endWork(halt: Halt): void {
  Atomics.store(halt, 0, 2);
  Atomics.notify(halt, 0);
}

/** Whether the thread that calls this has been asked to end: it must not work on after that. */
export function isHalted(halt: Halt): boolean {
  if (Atomics.load(halt, 0) === 0) return false;
  endWork(halt);
  return true;
}
