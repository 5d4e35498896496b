// Public names of @imagefn/datasets.
export {};
