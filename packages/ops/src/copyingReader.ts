// Readers of a state that no other program can share: they have copies of it, taken again after it changed.
import type { Runnable } from "./engine.js";
import type { Program } from "./program.js";
import { checkReader } from "./state.js";
import type { HostArray } from "./tensor.js";

/** The runnable whose state is read. */
interface Owner {
  readonly program: Program;
  /** Compiles the reader. */
  compile(program: Program, state: ReadonlyMap<string, HostArray>): Promise<Runnable>;
  /** A copy of some of the state. */
  copy(paths: readonly string[]): Promise<ReadonlyMap<string, HostArray>>;
  /** How often the state was changed. */
  version(): number;
}

/** A runnable of another program on the state of the owner, for `Runnable.reader`. */
export async function copyingReader(program: Program, owner: Owner): Promise<Runnable> {
  checkReader(program, owner.program);
  const paths = [...program.state.keys()];
  let seen = owner.version();
  const inner = await owner.compile(program, await owner.copy(paths));
  return {
    ...inner,
    async run(values, into) {
      if (seen !== owner.version()) {
        seen = owner.version();
        await inner.write(await owner.copy(paths));
      }
      return inner.run(values, into);
    },
  };
}

/** Numbers where the caller wants them, if it has said where. */
export function placed(found: Float32Array, into: Float32Array | undefined): Float32Array {
  into?.set(found);
  return into ?? found;
}
