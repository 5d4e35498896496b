// Which names of two lists belong together.

/** Places in two lists of names. */
export interface Match {
  /** A place in each list, in the order of the first. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Places of the first list without a partner. */
  readonly alone: readonly number[];
  /** Places of the second list without a partner. */
  readonly others: readonly number[];
}

/**
 * Equal names belong together; of the rest, names that differ only in their ending ("a/1.png", "a/1.jpg"), where no
 * other name on either side has the same stem. Nothing else: "1.png" and "001.png" do not.
 */
export function matchNames(a: readonly string[], b: readonly string[]): Match {
  const exact = matchBy((name) => name, a, [...a.keys()], b, [...b.keys()]);
  const stem = (name: string) => name.replace(/\.[^./]+$/, "");
  const similar = matchBy(stem, a, exact.alone, b, exact.others);
  return { ...similar, pairs: [...exact.pairs, ...similar.pairs].sort(([i], [j]) => i - j) };
}

function matchBy(
  key: (name: string) => string,
  a: readonly string[],
  ofA: readonly number[],
  b: readonly string[],
  ofB: readonly number[],
): Match {
  const groups = new Map<string, { a: number[]; b: number[] }>();
  const group = (name: string) => {
    const known = groups.get(key(name));
    if (known) return known;
    const made = { a: [], b: [] };
    groups.set(key(name), made);
    return made;
  };
  for (const i of ofA) group(a[i]).a.push(i);
  for (const j of ofB) group(b[j]).b.push(j);
  const all = [...groups.values()];
  const isPair = (one: { a: number[]; b: number[] }) => one.a.length === 1 && one.b.length === 1;
  const rest = all.filter((one) => !isPair(one));
  const order = (x: number, y: number) => x - y;
  return {
    pairs: all.filter(isPair).map((one) => [one.a[0], one.b[0]]),
    alone: rest.flatMap((one) => one.a).sort(order),
    others: rest.flatMap((one) => one.b).sort(order),
  };
}
