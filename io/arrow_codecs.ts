/**
 * Decompression of the buffers of Arrow IPC data, as Feather files and polars write them.
 *
 * @module
 */

// @ts-types="@uwdata/flechette"
import { CompressionType, setCompressionCodec } from "@uwdata/flechette/dist/flechette.mjs";
import { decompressLz4Frame } from "./lz4_frame.ts";
import { zlib } from "./node_zlib.ts";

/** Registers both codecs of Arrow IPC with flechette. */
export function addArrowCodecs(): void {
  const encode = () => {
    throw new RangeError("Cannot encode record batch: compression is not written");
  };
  setCompressionCodec(CompressionType.LZ4_FRAME, {
    decode: decompressLz4Frame,
    encode,
  });
  setCompressionCodec(CompressionType.ZSTD, {
    decode: (bytes, size) => {
      const decoded = zlib().zstdDecompressSync(bytes, { maxOutputLength: size });
      if (decoded.length !== size) throw new SyntaxError("a compressed buffer is cut short");
      // Numbers are viewed in place and must be aligned.
      return new Uint8Array(decoded);
    },
    encode,
  });
}
