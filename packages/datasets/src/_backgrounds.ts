// The plain colours behind drawn portraits.

/** Five soft and five strong colours: on a single background small models collapse to one face. */
export const backgrounds = [
  "b6e3f4",
  "c0aede",
  "ffd5dc",
  "ffdfbf",
  "c8e6c9",
  "1e88e5",
  "e53935",
  "43a047",
  "fdd835",
  "5e35b1",
];
