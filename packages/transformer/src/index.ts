// Public names of @imagefn/transformer.
export {};
