// Public names of @imagefn/consistency.
export {};
