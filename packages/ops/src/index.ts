// Public names of @imagefn/ops.
export {};
