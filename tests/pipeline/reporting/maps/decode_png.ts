/**
 * A reader of PNG files that knows nothing of the encoder under test.
 *
 * @module
 */

import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import type { IndexedImage } from "../../../../pipeline/reporting/maps/png.ts";

/** The checksum of the PNG specification, bit by bit. */
function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}

/** Reads what the encoder may write: one byte per pixel, filter 0. */
export function decodePng(file: Uint8Array): IndexedImage {
  assert.deepEqual([...file.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const chunks = new Map<string, Uint8Array>();
  for (let offset = 8; offset < file.length;) {
    const length = view.getUint32(offset);
    const type = new TextDecoder().decode(file.subarray(offset + 4, offset + 8));
    assert.equal(
      view.getUint32(offset + 8 + length),
      crc(file.subarray(offset + 4, offset + 8 + length)),
      type,
    );
    chunks.set(type, file.slice(offset + 8, offset + 8 + length));
    offset += 12 + length;
  }
  assert.deepEqual([...chunks.keys()].filter((type) => type !== "tRNS"), [
    "IHDR",
    "PLTE",
    "IDAT",
    "IEND",
  ]);
  const header = chunks.get("IHDR") ?? new Uint8Array();
  const size = new DataView(header.buffer);
  const [width, height] = [size.getUint32(0), size.getUint32(4)];
  assert.deepEqual([...header.subarray(8)], [8, 3, 0, 0, 0]);
  const rows = inflateSync(chunks.get("IDAT") ?? new Uint8Array());
  assert.equal(rows.length, (width + 1) * height);
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    assert.equal(rows[y * (width + 1)], 0);
    pixels.set(rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)), y * width);
  }
  const alpha = chunks.get("tRNS");
  const transparent = alpha?.indexOf(0);
  return { width, height, pixels, palette: chunks.get("PLTE") ?? new Uint8Array(), transparent };
}
