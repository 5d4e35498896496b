// The few functions of MPI that are called, with errors as exceptions.
import type { KoffiFunc } from "koffi";
import type { Abi } from "./abi.js";
import type { MpiLibrary } from "./library.js";

/** A function of the library, which returns an error code. */
// biome-ignore lint/suspicious/noExplicitAny: arguments are of C types, which koffi checks
type Call = KoffiFunc<(...args: any[]) => number>;

/** Arrays that can be sent. */
export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Numbers in one call: MPI counts them in int32. */
const MOST = 2 ** 30;

/** The world of a library: all processes that the launcher started. */
export interface Calls {
  /** Begins. @returns rank and size */
  init(): { readonly rank: number; readonly size: number };
  /** @param part numbers in one call, at most */
  sum(values: Numbers, part?: number): Promise<void>;
  broadcast(values: Numbers, from: number): Promise<void>;
  barrier(): Promise<void>;
  /** Leaves; on the thread that began, as MPI asks. */
  finalize(): void;
  /** Ends all processes. */
  abort(code: number): void;
  abortAsync(code: number): Promise<void>;
}

function typeOf(abi: Abi, values: Numbers): unknown {
  if (values instanceof Float32Array) return abi.float;
  if (values instanceof Float64Array) return abi.double;
  return values instanceof Int32Array ? abi.int32 : abi.byte;
}

/** The calls of a library. `most` numbers go into one of them. */
export function callsOf({ library, abi, version }: MpiLibrary, most = MOST): Calls {
  const declare = (signature: string): Call =>
    library.func(signature.replaceAll("HANDLE", abi.handle)) as Call;
  const errorString = declare("int MPI_Error_string(int code, void *text, void *length)");
  const allreduce = declare(
    "int MPI_Allreduce(void *from, void *to, int count, HANDLE type, HANDLE op, HANDLE comm)",
  );
  const bcast = declare("int MPI_Bcast(void *data, int count, HANDLE type, int root, HANDLE comm)");
  const barrier = declare("int MPI_Barrier(HANDLE comm)");
  const finalize = declare("int MPI_Finalize()");
  const abort = declare("int MPI_Abort(HANDLE comm, int code)");

  function check(code: number, what: string): void {
    if (code === 0) return;
    const [text, length] = [Buffer.alloc(1024), Int32Array.of(0)];
    errorString(code, text, length);
    throw new Error(`distributed: ${what} failed: ${text.toString("latin1", 0, length[0])}`);
  }
  /** On a thread of its own, so that timers and signals of the caller go on. The arguments are referenced until the end. */
  const async = (call: Call, what: string, ...args: unknown[]) =>
    new Promise<void>((resolve, reject) => {
      call.async(...args, (error, code) => {
        try {
          if (error) throw error;
          // Named, so that no array among them is collected while MPI writes into it.
          if (args.length >= 0) check(code, what);
          resolve();
        } catch (failure) {
          reject(failure);
        }
      });
    });
  const inParts = async (values: Numbers, call: (part: Numbers) => Promise<void>, length = most) => {
    for (let at = 0; at < values.length; at += length) await call(values.subarray(at, at + length));
  };

  return {
    init() {
      const [provided, rank, size] = [Int32Array.of(0), Int32Array.of(0), Int32Array.of(1)];
      const { serialized, world } = abi;
      const begin = declare("int MPI_Init_thread(void *argc, void *argv, int required, void *provided)");
      check(begin(null, null, serialized, provided), "MPI_Init_thread");
      if (provided[0] < serialized)
        throw new Error(
          `distributed: ${version} allows no calls from other threads (got level ${provided[0]}, expected ${serialized}: MPI_THREAD_SERIALIZED)`,
        );
      check(
        declare("int MPI_Comm_set_errhandler(HANDLE comm, HANDLE handler)")(world, abi.errorsReturn),
        "MPI_Comm_set_errhandler",
      );
      check(declare("int MPI_Comm_rank(HANDLE comm, void *rank)")(world, rank), "MPI_Comm_rank");
      check(declare("int MPI_Comm_size(HANDLE comm, void *size)")(world, size), "MPI_Comm_size");
      return { rank: rank[0], size: size[0] };
    },
    sum: (values, length) =>
      inParts(
        values,
        (part) =>
          async(
            allreduce,
            "MPI_Allreduce",
            abi.inPlace,
            part,
            part.length,
            typeOf(abi, part),
            abi.sum,
            abi.world,
          ),
        length,
      ),
    broadcast: (values, from) =>
      inParts(values, (part) =>
        async(bcast, "MPI_Bcast", part, part.length, typeOf(abi, part), from, abi.world),
      ),
    barrier: () => async(barrier, "MPI_Barrier", abi.world),
    finalize: () => check(finalize(), "MPI_Finalize"),
    abort: (code) => void abort(abi.world, code),
    abortAsync: (code) => async(abort, "MPI_Abort", abi.world, code),
  };
}
