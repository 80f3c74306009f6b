/**
 * Images of at most 256 colours as PNG files.
 *
 * A map of a field is one byte per pixel with a palette, a quarter of an RGBA image before
 * compression. Such a file has five chunks, and the runtime has zlib and CRC-32. The libraries do
 * not fit: `fast-png` 8.0 writes alpha values without regard to the index of their colour and, with
 * its own zlib in JavaScript, takes four times as long; `upng-js` accepts RGBA images only.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { zlib } from "../../../io/node_zlib.ts";

/** An image with a palette. */
export interface IndexedImage {
  readonly width: number;
  readonly height: number;
  /** Colour index per pixel, row by row from the top. */
  readonly pixels: Uint8Array;
  /** Red, green, blue of each colour, 0 to 255. */
  readonly palette: Uint8Array;
  /** Index of the transparent colour. */
  readonly transparent?: number | undefined;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const BIT_DEPTH = 8;
const COLOR_TYPE_PALETTE = 3;

/**
 * A PNG file of the image: header, palette, optional transparency, one compressed block of pixels.
 *
 * @throws {RangeError} If the pixels do not fill the image, or an index is outside the palette
 */
export function encodePng(
  { width, height, pixels, palette, transparent }: IndexedImage,
): Uint8Array<ArrayBuffer> {
  const colorCount = palette.length / 3;
  if (width < 1 || height < 1 || pixels.length !== width * height) {
    throw new RangeError(
      "Cannot encode image: it must have width × height > 0 pixels, received " +
        `${pixels.length} for ${width} × ${height}`,
    );
  }
  const largest = pixels.reduce((max, color) => Math.max(max, color), transparent ?? 0);
  if (!Number.isInteger(colorCount) || colorCount > 256 || largest >= colorCount) {
    throw new RangeError(
      "Cannot encode image: every colour index must be in the palette, received index " +
        `${largest} of ${colorCount} colours`,
    );
  }

  const header = new Uint8Array(13);
  const headerView = new DataView(header.buffer);
  headerView.setUint32(0, width);
  headerView.setUint32(4, height);
  header.set([BIT_DEPTH, COLOR_TYPE_PALETTE, 0, 0, 0], 8);

  // Every row starts with its filter type: none, since differences of indices mean nothing.
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }

  const chunks = [chunk("IHDR", header), chunk("PLTE", palette)];
  if (transparent !== undefined) {
    chunks.push(chunk("tRNS", new Uint8Array(transparent + 1).fill(255, 0, transparent)));
  }
  chunks.push(
    chunk("IDAT", zlib().deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  );
  return new Uint8Array(Buffer.concat([Uint8Array.from(SIGNATURE), ...chunks]));
}

/** The image as a `data:` URL. */
export function pngDataUri(image: IndexedImage): string {
  return `data:image/png;base64,${encodePng(image).toBase64()}`;
}

/** A chunk: length, type, data, and the checksum of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, zlib().crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
