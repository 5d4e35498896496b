// Public names of @imagefn/inr.
export {};
