// Walks protocol buffers: the fields of one message, without a schema.
import { fail } from "./_format.js";

/** How a field is written. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

export interface Field {
  number: number;
  wire: number;
  /** The value of a varint; signed, as int32 and int64 are. */
  value: number;
  /** The bytes of the other kinds: from `start` to `end` in the file. */
  start: number;
  end: number;
}

/**
 * Calls `visit` with each field of the message in bytes[start, end), in order. The Field is used again for the
 * next one.
 * @throws FormatError where a field does not lie in the message
 */
export function eachField(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (field: Field) => void,
): void {
  const field: Field = { number: 0, wire: 0, value: 0, start: 0, end: 0 };
  const cursor = { at: start, end };
  while (cursor.at < end) {
    const key = varint(bytes, cursor);
    field.number = Math.floor(key / 8);
    field.wire = key % 8;
    if (field.number < 1) fail(`the field at byte ${cursor.at} has no valid number`);
    field.value = 0;
    let length = 0;
    if (field.wire === VARINT) field.value = varint(bytes, cursor);
    else if (field.wire === BYTES) length = varint(bytes, cursor);
    else if (field.wire === FIXED32) length = 4;
    else if (field.wire === FIXED64) length = 8;
    else fail(`the field at byte ${cursor.at} is of the unknown kind ${field.wire}`);
    field.start = cursor.at;
    field.end = cursor.at + length;
    if (!(length >= 0 && field.end <= end)) fail(`a field at byte ${cursor.at} is cut off (truncated?)`);
    cursor.at = field.end;
    visit(field);
  }
}

/** The signed 64-bit integer at `cursor.at`, as a number: exact to 2^53. */
export function varint(bytes: Uint8Array, cursor: { at: number; readonly end: number }): number {
  // Two parts of 28 and 36 bits, so that small negative numbers, which have all 64 bits, stay exact.
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10; i++) {
    if (cursor.at >= cursor.end) fail("a number is cut off (truncated?)");
    const byte = bytes[cursor.at++];
    if (i < 4) low += (byte & 127) * 2 ** (7 * i);
    else high += (byte & 127) * 2 ** (7 * i - 28);
    if (byte < 128) break;
    if (i === 9) fail("a number is longer than 64 bits");
  }
  high %= 2 ** 36;
  return low + 2 ** 28 * (high < 2 ** 35 ? high : high - 2 ** 36);
}

/** The numbers of a packed repeated field of varints. */
export function packedVarints(bytes: Uint8Array, start: number, end: number): number[] {
  const cursor = { at: start, end };
  const out: number[] = [];
  while (cursor.at < end) out.push(varint(bytes, cursor));
  return out;
}
