// Public names of imagefn.
export {};
