// Errors as plain values, to send from a training thread or process to its caller.
import { type ErrorCode, type ErrorDetails, ImagefnError } from "@imagefn/base";

/** An error as plain values: one of ours with its code, a file error with its path, or any other. */
export interface PackedError {
  readonly message: string;
  readonly stack?: string;
  /** Of an `ImagefnError`. */
  readonly imagefn?: { readonly code: ErrorCode; readonly details: ErrorDetails };
  /** Of a file error: ENOSPC and so on. */
  readonly code?: string;
  readonly path?: string;
}

export function packError(error: unknown): PackedError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack } = error;
  if (error instanceof ImagefnError)
    return { message, stack, imagefn: { code: error.code, details: error.details } };
  const { code, path } = error as NodeJS.ErrnoException;
  return { message, stack, code, path };
}

export function unpackError({ message, stack, imagefn, code, path }: PackedError): Error {
  const error = imagefn
    ? new ImagefnError(imagefn.code, message, imagefn.details)
    : Object.assign(
        new Error(message),
        code === undefined ? {} : { code },
        path === undefined ? {} : { path },
      );
  return Object.assign(error, { stack });
}
