// The controls of the page by their ids.

export const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

export const input = (id: string): HTMLInputElement => element<HTMLInputElement>(id);

/** The whole number in a field, within its bounds. */
export function whole(id: string): number {
  const field = input(id);
  const value = Math.round(Number(field.value));
  const [low, high] = [Number(field.min), Number(field.max)];
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : low;
}
