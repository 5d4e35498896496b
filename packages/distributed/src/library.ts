// Finds and loads the MPI library of this machine.
import koffi, { type LibraryHandle } from "koffi";
import { type Abi, abiOf } from "./abi.js";

export interface MpiLibrary {
  readonly library: LibraryHandle;
  readonly abi: Abi;
  /** The name or path that it was loaded by. */
  readonly name: string;
  /** What it says of itself, in one line. */
  readonly version: string;
}

/** The stack of calls on worker threads: koffi's own 128 KiB overflow inside MPICH's Allreduce, which ends the process. */
const ASYNC_STACK = 8 * 2 ** 20;
let configured = false;

const names: Readonly<Record<string, Readonly<Record<"standard" | "openMpi" | "mpich", readonly string[]>>>> =
  {
    linux: {
      standard: ["libmpi_abi.so.1", "libmpi_abi.so.0", "libmpi_abi.so"],
      openMpi: ["libmpi.so.40"],
      mpich: ["libmpi.so.12", "libmpich.so.12", "libmpi.so"],
    },
    darwin: {
      standard: ["libmpi_abi.dylib"],
      openMpi: ["libmpi.40.dylib"],
      mpich: ["libmpi.12.dylib", "libmpi.dylib"],
    },
  };

/** Names to try: those that fit the launcher first, since more than one MPI may be installed. */
function candidates(env: NodeJS.ProcessEnv): readonly string[] {
  const of = names[process.platform];
  if (!of) return [];
  const { standard, openMpi, mpich } = of;
  if (env.OMPI_COMM_WORLD_SIZE !== undefined) return [...openMpi, ...standard, ...mpich];
  // srun with PMI2 sets it too; MPICH understands that as well.
  if (env.PMI_SIZE !== undefined) return [...mpich, ...standard, ...openMpi];
  return [...standard, ...openMpi, ...mpich];
}

/**
 * Loads a library by its name or path, or the first one that is found.
 * @throws an Error that lists what was tried and why each failed
 */
export function loadMpi(given: string | undefined, env: NodeJS.ProcessEnv): MpiLibrary {
  if (!configured) koffi.config({ async_stack_size: ASYNC_STACK });
  configured = true;
  const tried: string[] = [];
  for (const name of given === undefined ? candidates(env) : [given]) {
    let library: LibraryHandle;
    try {
      // Open MPI's plug-ins look for its symbols among the global ones.
      library = koffi.load(name, { global: true, lazy: true });
    } catch (error) {
      tried.push(`${name}: ${(error as Error).message}`);
      continue;
    }
    keep(name);
    return { library, abi: abiOf(name, library), name, version: versionOf(library) };
  }
  const why = tried.length > 0 ? ` Tried: ${tried.join("; ")}` : "";
  throw new Error(
    `distributed: ${given === undefined ? "no MPI library was found" : "the MPI library cannot be loaded"} ` +
      `(expected Open MPI, MPICH, or one with the interface of MPI 5; on Debian the package openmpi-bin).${why}`,
  );
}

/**
 * Opens a library once more, so that koffi does not unload it when Node exits: threads of MPI may still run in it then, which
 * crashed one of two processes joined by TCP.
 */
function keep(name: string): void {
  const RTLD_LAZY = 1;
  koffi.load(null).func("void *dlopen(const char *name, int flags)")(name, RTLD_LAZY);
}

function versionOf(library: LibraryHandle): string {
  const [text, length] = [Buffer.alloc(8192), Int32Array.of(0)];
  library.func("int MPI_Get_library_version(void *version, void *length)")(text, length);
  // MPICH gives several lines, the first with tabs.
  return text
    .toString("latin1", 0, length[0])
    .split(/[\n\0]/)[0]
    .replace(/\s+/g, " ")
    .trim();
}
