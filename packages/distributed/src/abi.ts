// What the three binary interfaces of MPI call their communicators, types and operations.
import type { LibraryHandle } from "koffi";

/** The constants of a library, as koffi passes them. */
export interface Abi {
  /** The C type of a handle. */
  readonly handle: "int" | "void *";
  readonly world: unknown;
  readonly float: unknown;
  readonly double: unknown;
  readonly int32: unknown;
  readonly byte: unknown;
  readonly sum: unknown;
  readonly errorsReturn: unknown;
  /** Send from the buffer that receives. */
  readonly inPlace: bigint;
  /** The level at which one thread at a time may call. */
  readonly serialized: number;
}

/** MPICH and what descends from it: Intel MPI, MVAPICH, Cray MPICH. Handles are numbers. */
const mpich: Abi = {
  handle: "int",
  world: 0x44000000,
  float: 0x4c00040a,
  double: 0x4c00080b,
  int32: 0x4c000405,
  byte: 0x4c00010d,
  sum: 0x58000003,
  errorsReturn: 0x54000001,
  // MPI_IN_PLACE is (void *) -1.
  inPlace: 0xffffffffffffffffn,
  serialized: 2,
};

/** The interface that MPI 5.0 standardises, as in libmpi_abi.so of Open MPI 6 and MPICH 5. Small numbers as pointers. */
const standard: Abi = {
  handle: "void *",
  world: 0x101n,
  float: 0x210n,
  double: 0x214n,
  int32: 0x209n,
  byte: 0x247n,
  sum: 0x21n,
  errorsReturn: 0x142n,
  inPlace: 1n,
  serialized: 2048,
};

/** Open MPI to version 5: handles are addresses of global variables. @throws if the library has none of them */
function openMpi(library: LibraryHandle): Abi {
  const address = (name: string) => library.symbol(name);
  return {
    handle: "void *",
    world: address("ompi_mpi_comm_world"),
    float: address("ompi_mpi_float"),
    double: address("ompi_mpi_double"),
    int32: address("ompi_mpi_int32_t"),
    byte: address("ompi_mpi_byte"),
    sum: address("ompi_mpi_op_sum"),
    errorsReturn: address("ompi_mpi_errors_return"),
    inPlace: 1n,
    serialized: 2,
  };
}

/** The interface of a loaded library: by its name, else by whether it has the variables of Open MPI. */
export function abiOf(name: string, library: LibraryHandle): Abi {
  if (/mpi_abi/.test(name)) return standard;
  try {
    return openMpi(library);
  } catch {
    return mpich;
  }
}
