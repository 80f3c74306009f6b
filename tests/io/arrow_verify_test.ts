import assert from "node:assert/strict";
import { checkArrowFrame } from "../../io/arrow_verify.ts";
import {
  createRecordBatch,
  decodeUntrustedRecordBatch,
  encodeRecordBatch,
  type Schema,
} from "../../io/record_batch.ts";
import { replaceNumbers } from "./damaged_frame.ts";

const schema: Schema = {
  name: "sample",
  columns: { weight: "float64", position: { list: "float32" } },
};
const message = encodeRecordBatch(createRecordBatch(schema, [
  { position: Float32Array.of(1, 2, 3), weight: 4 },
  { position: Float32Array.of(5, 6), weight: 7 },
]));

/** A schema message whose nested fields all have two entries for the one next field. */
function sharedFields(depth: number): Uint8Array {
  const words: number[] = [];
  const half = (low: number, high: number) => words.push(low | high << 16);
  half(12, 12); // offsets of the message: kind at 8, header at 4
  half(0, 8);
  half(4, 0);
  half(16, 8); // offsets of a field: children at 4; of a schema, fields at 4 also
  half(0, 4);
  half(0, 0);
  half(0, 4);
  const tableAt = (list: number) => words.push(4 * (words.length - list));
  const root = 1 + words.length;
  tableAt(0);
  words.push(8, 1);
  for (let level = 0; level < depth; level++) {
    tableAt(3);
    words.push(4, 2, 8, 4);
  }
  tableAt(3);
  words.push(4, 0);
  const metadata = [4 * root, ...words];
  return new Uint8Array(Int32Array.of(-1, 4 * metadata.length, ...metadata).buffer);
}

Deno.test("checkArrowFrame() accepts complete messages and a stream without an end marker", () => {
  checkArrowFrame(message);
  checkArrowFrame(message.subarray(0, message.length - 8));
});

Deno.test("checkArrowFrame() refuses a column outside its message", () => {
  const region = BigInt64Array.of(32n, 20n);
  for (
    const [start, length] of [[4096n, 20n], [32n, 4096n], [-8n, 20n], [32n, -20n], [2n ** 62n, 20n]]
  ) {
    const larger = new Uint8Array(message.length + 8192);
    larger.set(replaceNumbers(message, region, BigInt64Array.of(start, length)));
    const lying = larger.subarray(0, message.length);
    const refusal = { name: "SyntaxError", message: /a column spans bytes -?\d+ to -?\d+ of \d+/ };
    assert.throws(() => decodeUntrustedRecordBatch(lying, schema), refusal, `${start} ${length}`);
  }
});

Deno.test("checkArrowFrame() refuses messages of impossible lengths", () => {
  const refused: [number[], RegExp][] = [
    [[-1, -8], /-8 bytes of metadata, found 0/],
    [[-1, 2 ** 30], /1073741824 bytes of metadata, found 0/],
    [[-1], /outside its bytes/],
    [[-1, 4, 2 ** 30], /a table lies outside its message/],
  ];
  for (const [words, reason] of refused) {
    const bytes = new Uint8Array(Int32Array.from(words).buffer);
    assert.throws(() => checkArrowFrame(bytes), { name: "SyntaxError", message: reason });
  }
});

Deno.test("checkArrowFrame() refuses shared nested fields immediately", () => {
  const start = performance.now();
  const refusal = { name: "SyntaxError", message: /its metadata refer to themselves/ };
  assert.throws(() => checkArrowFrame(sharedFields(40)), refusal);
  assert.ok(performance.now() - start < 1000);
});

Deno.test("decodeUntrustedRecordBatch() refuses list offsets that do not ascend", () => {
  for (const offsets of [[0, 9, 5], [0, 3, 2], [-1, 3, 5], [0, 3, 6]]) {
    const lying = replaceNumbers(message, Int32Array.of(0, 3, 5), Int32Array.from(offsets));
    const refusal = {
      name: "SyntaxError",
      message: /"position".* offsets must ascend within 0 and 5/,
    };
    assert.throws(() => decodeUntrustedRecordBatch(lying, schema), refusal, `${offsets}`);
  }
});

Deno.test("decodeUntrustedRecordBatch() refuses columns with fewer values than rows", () => {
  // Length and nulls of the numbers, of the lists and of the values of the lists.
  const nodes = BigInt64Array.of(2n, 0n, 2n, 0n, 5n, 0n);
  const lying = replaceNumbers(message, nodes, BigInt64Array.of(99n, 0n, 99n, 0n, 5n, 0n));
  const refusal = {
    name: "SyntaxError",
    message: /"weight".* cut short: .*2.* 99|"weight".*99.*2/,
  };
  assert.throws(() => decodeUntrustedRecordBatch(lying, schema), refusal);
});
