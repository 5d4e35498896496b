// Joins the processes that mpirun or srun started.
import { writeSync } from "node:fs";
import { hostname } from "node:os";
import { type Calls, callsOf, type Numbers } from "./calls.js";
import { launcherOf } from "./launcher.js";
import { loadMpi } from "./library.js";
import { watchdog } from "./watchdog.js";

/** How to join. */
export interface MpiOptions {
  /** Name or path of the MPI library; the one of the launcher if left out. */
  readonly library?: string;
  /** Seconds that an exchange may take before all processes are ended, 600 if left out. Infinity: any time. */
  readonly patience?: number;
}

/** One of the processes that work together. Each calls the same methods in the same order with arrays of the same length. */
export interface MpiRanks {
  /** Number of this process, 0 .. size - 1. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;
  /** The name of this machine. */
  readonly host: string;
  /** The processes on this machine: which of them this one is, and how many there are. */
  readonly local: { readonly rank: number; readonly size: number };
  /** The MPI library, as it names itself. */
  readonly library: string;
  /** Seconds that an exchange may take. A change counts from now on, for an exchange that has begun as well. */
  patience: number;
  /**
   * Replaces an array by its sum over all processes: the same bits in each of them. Calls may overlap; they are carried
   * out one after another.
   * @throws an Error if MPI reports one
   */
  sum(values: Numbers): Promise<void>;
  /** Replaces an array by the one of rank `from`, 0 if left out. */
  broadcast(values: Numbers, from?: number): Promise<void>;
  /** Waits until all processes are here. */
  barrier(): Promise<void>;
  /**
   * Ends all processes with an exit code, 1 if left out; never returns to the event loop. The reason, if there is one, is
   * printed to stderr with rank and host.
   */
  abort(reason?: string, code?: number): Promise<never>;
  /** Leaves. A process that exits without having left ends all the others. */
  close(): Promise<void>;
}

/** Milliseconds that MPI_Abort gets before the process ends by itself. */
const ABORT_MS = 2000;

/**
 * Numbers that processes on one machine sum in one call: parts stay in the cache, and MPI does not ask the system for new memory
 * at each. Between machines each call waits for the network, so that there are as few as possible.
 */
const PART = 2 ** 18;

/** Numbers that a host name takes in the exchange of names. */
const NAME = 256;

let joined = false;

/**
 * Joins the processes that the launcher started. The event loop goes on during exchanges, so that timers and signals work.
 * An exchange that takes longer than `patience` ends everything with exit code 1, and so does a process that exits before
 * `close`: nothing is left hanging.
 * @throws an Error if there is no MPI library, if it is not that of the launcher, or if this process has joined before
 */
export async function joinMpi({ library, patience = 600 }: MpiOptions = {}): Promise<MpiRanks> {
  if (!(patience > 0))
    throw new Error(`distributed: patience is ${patience} (expected a number of seconds above 0)`);
  if (joined)
    throw new Error("distributed: this process has joined MPI before (expected one call of joinMpi)");
  const launcher = launcherOf(process.env);
  // Waiting processes leave their core to others: during a preview all but one of them wait.
  process.env.OMPI_MCA_mpi_yield_when_idle ??= "1";
  // The hooks that UCX, beneath MPICH, puts on memory crash Node's own use of it now and then.
  process.env.UCX_MEM_EVENTS ??= "n";
  const loaded = loadMpi(library, process.env);
  const calls = callsOf(loaded);
  joined = true;
  const { rank, size } = calls.init();
  if (launcher && launcher.size !== size) {
    calls.finalize();
    throw new Error(
      `distributed: ${launcher.name} started ${launcher.size} processes, but ${loaded.version} (${loaded.name}) sees ${size}: ` +
        "the launcher and the library are of different kinds, and each process would work alone. Use the launcher of this " +
        "library, or give the library of this launcher as `library`.",
    );
  }
  return inWorld(calls, { rank, size, host: hostname(), library: loaded.version, patience });
}

interface World extends Pick<MpiRanks, "rank" | "size" | "host" | "library"> {
  readonly patience: number;
}

async function inWorld(calls: Calls, { patience: given, ...world }: World): Promise<MpiRanks> {
  const { rank, size, host } = world;
  let left = false;
  let ending = false;
  const say = (reason: string) => {
    try {
      writeSync(2, `rank ${rank} of ${size} on ${host}: ${reason}\n`);
    } catch {
      // Nobody reads it.
    }
  };
  async function abort(reason?: string, code = 1): Promise<never> {
    if (!ending && reason !== undefined) say(reason);
    ending = true;
    // MPI_Abort ends the process; where it does not, because another call of MPI hangs, the launcher sees a signal.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), ABORT_MS);
    void calls.abortAsync(code).catch(() => {});
    return new Promise<never>(() => {});
  }
  const guard = watchdog(given, (seconds) => {
    void abort(
      `an exchange with the other processes took more than ${seconds} s: one of them hangs, is stopped, or cannot be reached`,
    );
  });
  // MPICH's mpirun takes an exit with code 0 for success, and others wait for ever.
  const atExit = (code: number) => {
    if (left) return;
    if (!ending) say(`exits with code ${code} before the others`);
    if (guard.busy) process.kill(process.pid, "SIGKILL");
    calls.abort(code || 1);
  };
  process.once("exit", atExit);
  // Node prints it only after the handlers of exit, which is too late.
  const onError = (error: unknown) => say((error as Error | undefined)?.stack ?? String(error));
  process.on("uncaughtExceptionMonitor", onError);

  let last: Promise<unknown> = Promise.resolve();
  /** One call at a time, in the order in which they were made. */
  function inTurn(call: () => Promise<void>): Promise<void> {
    const turn = last.then(() => {
      if (left) throw new Error("distributed: this process has left MPI");
      return guard.during(call);
    });
    last = turn.catch(() => {});
    return turn;
  }
  const hosts = new Uint8Array(size * NAME);
  new TextEncoder().encodeInto(host, hosts.subarray(rank * NAME, (rank + 1) * NAME));
  const all = Int32Array.from(hosts);
  await inTurn(() => calls.sum(all));
  const nameOf = (r: number) => all.subarray(r * NAME, (r + 1) * NAME).join();
  const here = Array.from({ length: size }, (_, r) => r).filter((r) => nameOf(r) === nameOf(rank));

  const part = here.length === size ? PART : undefined;

  return {
    ...world,
    local: { rank: here.indexOf(rank), size: here.length },
    get patience() {
      return guard.patience;
    },
    set patience(seconds) {
      guard.patience = seconds;
    },
    sum: (values) => inTurn(() => calls.sum(values, part)),
    broadcast: (values, from = 0) => inTurn(() => calls.broadcast(values, from)),
    barrier: () => inTurn(calls.barrier),
    abort,
    async close() {
      if (left) return;
      // Others may still be at work, for as long as it takes: timers and signals go on until all of them are here.
      guard.patience = Number.POSITIVE_INFINITY;
      await inTurn(calls.barrier);
      left = true;
      calls.finalize();
      process.off("exit", atExit);
      process.off("uncaughtExceptionMonitor", onError);
    },
  };
}
