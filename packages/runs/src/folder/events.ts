// TensorBoard's event files: records of TFRecord (tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details"),
// each a message Event of tensorflow/core/util/event.proto, of which we write the few fields that curves need.

let table: Uint32Array | undefined;

/** table[b]: the remainder of byte b by Castagnoli's polynomial, bits reversed. */
function remainders(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
    return c;
  });
}

/** CRC-32C (RFC 3720, B.4); unsigned. */
export function crc32c(bytes: Uint8Array): number {
  table ??= remainders();
  let c = ~0;
  for (const byte of bytes) c = (c >>> 8) ^ table[(c ^ byte) & 255];
  return ~c >>> 0;
}

/** Rotated right by 15 bits, plus a constant: so that checksums of data with checksums in it stay sound. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A record: length, its checksum, the data, their checksum. */
export function record(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, uint32(masked(crc32c(length))), data, uint32(masked(crc32c(data)))]);
}

// Fields of protocol buffers: the number and the kind of the field, then its value.
const VARINT = 0;
const EIGHT_BYTES = 1;
const BYTES = 2;
const FOUR_BYTES = 5;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const field = (number: number, kind: number, value: Buffer): Buffer =>
  Buffer.concat([varint(number * 8 + kind), value]);

const bytesField = (number: number, value: Buffer): Buffer =>
  field(number, BYTES, Buffer.concat([varint(value.length), value]));

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

/** An Event: `wall_time` 1, and more. */
const event = (time: number, ...fields: Buffer[]): Buffer =>
  Buffer.concat([field(1, EIGHT_BYTES, double(time)), ...fields]);

/** The first event of a file: `file_version` 3. @param time seconds since 1970 */
export const fileVersion = (time: number): Buffer => event(time, bytesField(3, Buffer.from("brain.Event:2")));

/**
 * An event with numbers: `step` 2, and `summary` 5 with values 1 of a `tag` 1 and a `simple_value` 2.
 * @param time seconds since 1970
 */
export function scalars(
  time: number,
  step: number,
  values: readonly (readonly [tag: string, value: number])[],
): Buffer {
  const summary = values.map(([tag, value]) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), field(2, FOUR_BYTES, float(value))])),
  );
  return event(time, field(2, VARINT, varint(step)), bytesField(5, Buffer.concat(summary)));
}
