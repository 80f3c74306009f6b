/**
 * Reads members of zip archives one at a time, from any place in the file: `.zarr.zip` and `.npz`.
 * Sizes are bounded and checksums verified.
 *
 * @module
 */

import { DataError, messageOf } from "../errors.ts";
import { zlib } from "./node_zlib.ts";

/** A member of an archive. */
interface Member {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly checksum: number;
  /** Position of the local header. */
  readonly at: number;
}

/** Signatures and sizes of the records (APPNOTE.TXT of PKWARE). */
const LOCAL = { signature: 0x04034b50, bytes: 30 } as const;
const CENTRAL = { signature: 0x02014b50, bytes: 46 } as const;
const END = { signature: 0x06054b50, bytes: 22 } as const;
const LOCATOR_64 = { signature: 0x07064b50, bytes: 20 } as const;
const END_64 = { signature: 0x06064b50, bytes: 56 } as const;
const MAX_COMMENT_BYTES = 65_535;
const MAX_UINT32 = 0xffffffff;
/** Extra field with 64-bit sizes. */
const EXTRA_64 = 1;
/** Maximum size of the list of members: that of five million. */
const MAX_DIRECTORY_BYTES = 2 ** 29;

const STORED = 0;
/** Decompression by method. */
const METHODS: Readonly<Record<number, (packed: Uint8Array, bytes: number) => Uint8Array>> = {
  [STORED]: (packed) => packed,
  8: (packed, bytes) => zlib().inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) }),
  93: (packed, bytes) => zlib().zstdDecompressSync(packed, { maxOutputLength: Math.max(1, bytes) }),
};

/** An archive, whose members are read on demand. */
export class ZipArchive {
  readonly path: string;
  readonly #members: ReadonlyMap<string, Member>;

  private constructor(path: string, members: ReadonlyMap<string, Member>) {
    this.path = path;
    this.#members = members;
  }

  /**
   * Opens an archive.
   *
   * @throws {DataError} If there is no such file, or it is no complete zip archive
   */
  static async open(path: string): Promise<ZipArchive> {
    try {
      using file = await Deno.open(path);
      const members = await readDirectory(file, (await file.stat()).size);
      // Of equal names the last one counts, as in every program that updates archives.
      return new ZipArchive(path, new Map(members.map((member) => [member.name, member])));
    } catch (cause) {
      throw new DataError(`Cannot open "${path}": ${messageOf(cause)}`, { cause });
    }
  }

  /** Names of the members, which are not folders. */
  get names(): readonly string[] {
    return [...this.#members.keys()].filter((name) => !name.endsWith("/"));
  }

  /** The size of a member, or undefined if there is none of that name. */
  size(name: string): number | undefined {
    return this.#members.get(name)?.bytes;
  }

  /**
   * Reads a complete member.
   *
   * @param maxBytes Maximum size
   * @returns Undefined if there is no such member
   * @throws {DataError} If it is larger or damaged
   */
  async read(name: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const member = this.#members.get(name);
    if (member === undefined) return undefined;
    const { method, packedBytes, bytes, checksum } = member;
    return await this.#attempt(name, async (file) => {
      if (bytes > maxBytes) {
        throw new SyntaxError(`it must have at most ${maxBytes} bytes, it has ${bytes}`);
      }
      const packed = await readAt(file, await dataOffset(file, member), packedBytes);
      const content = unpack(METHODS[method], packed, bytes);
      if (content.length !== bytes) {
        throw new SyntaxError(`expected ${bytes} bytes, found ${content.length}`);
      }
      if (zlib().crc32(content) !== checksum) {
        throw new SyntaxError("its checksum does not match; the archive is damaged");
      }
      // Numbers are viewed in place and must be aligned, in a buffer of their own.
      return content.byteOffset === 0 && content.byteLength === content.buffer.byteLength
        ? content as Uint8Array<ArrayBuffer>
        : new Uint8Array(content);
    });
  }

  /** Reads a part of a member, without verifying its checksum if it is not compressed. */
  async readRange(
    name: string,
    offset: number,
    length: number,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const member = this.#members.get(name);
    if (member === undefined) return undefined;
    if (member.method !== STORED) {
      return (await this.read(name, member.bytes))?.slice(offset, offset + length);
    }
    return await this.#attempt(
      name,
      async (file) => await readAt(file, await dataOffset(file, member) + offset, length),
    );
  }

  async #attempt<T>(name: string, step: (file: Deno.FsFile) => Promise<T>): Promise<T> {
    try {
      using file = await Deno.open(this.path);
      return await step(file);
    } catch (cause) {
      throw new DataError(`Cannot read "${name}" of "${this.path}": ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}

function unpack(
  decompress: (packed: Uint8Array, bytes: number) => Uint8Array,
  packed: Uint8Array,
  bytes: number,
): Uint8Array {
  try {
    return decompress(packed, bytes);
  } catch (cause) {
    throw new SyntaxError(`it does not decompress to the ${bytes} bytes that are stated`, {
      cause,
    });
  }
}

async function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = await file.stat();
  if (offset < 0 || length < 0 || offset + length > size) {
    throw new SyntaxError(
      `bytes ${offset} to ${offset + length} lie outside its ${size}; the archive is truncated`,
    );
  }
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = await file.read(bytes.subarray(done));
    if (count === null) throw new SyntaxError("the archive is truncated");
    done += count;
  }
  return bytes;
}

/** Where the data of a member start: its local header has names and fields of their own sizes. */
async function dataOffset(file: Deno.FsFile, { at }: Member): Promise<number> {
  const header = new DataView((await readAt(file, at, LOCAL.bytes)).buffer);
  if (header.getUint32(0, true) !== LOCAL.signature) {
    throw new SyntaxError("it is not where the archive states; the archive is damaged");
  }
  return at + LOCAL.bytes + header.getUint16(26, true) + header.getUint16(28, true);
}

async function readDirectory(file: Deno.FsFile, size: number): Promise<Member[]> {
  const tailBytes = Math.min(size, END.bytes + MAX_COMMENT_BYTES + LOCATOR_64.bytes);
  const tailAt = size - tailBytes;
  const tail = new DataView((await readAt(file, tailAt, tailBytes)).buffer);
  let end = tailBytes - END.bytes;
  // Its comment, which comes last, may hold the same bytes.
  const isEnd = (at: number) =>
    tail.getUint32(at, true) === END.signature &&
    at + END.bytes + tail.getUint16(at + 20, true) === tailBytes;
  while (end >= 0 && !isEnd(end)) end--;
  if (end < 0) {
    throw new SyntaxError("it is no zip archive, or truncated: its list of members is missing");
  }
  let count = tail.getUint16(end + 10, true);
  let length = tail.getUint32(end + 12, true);
  let at = tail.getUint32(end + 16, true);
  const locator = end - LOCATOR_64.bytes;
  if (locator >= 0 && tail.getUint32(locator, true) === LOCATOR_64.signature) {
    const end64 = await readAt(file, Number(tail.getBigUint64(locator + 8, true)), END_64.bytes);
    const view = new DataView(end64.buffer);
    if (view.getUint32(0, true) !== END_64.signature) {
      throw new SyntaxError("its list of members is damaged");
    }
    count = Number(view.getBigUint64(32, true));
    length = Number(view.getBigUint64(40, true));
    at = Number(view.getBigUint64(48, true));
  }
  if (length > MAX_DIRECTORY_BYTES) {
    throw new SyntaxError(`its list of members must have at most ${MAX_DIRECTORY_BYTES} bytes`);
  }
  return parseDirectory(await readAt(file, at, length), count);
}

function parseDirectory(bytes: Uint8Array<ArrayBuffer>, count: number): Member[] {
  const view = new DataView(bytes.buffer);
  const members: Member[] = [];
  let at = 0;
  for (let k = 0; k < count; k++) {
    if (at + CENTRAL.bytes > bytes.length || view.getUint32(at, true) !== CENTRAL.signature) {
      throw new SyntaxError(`its list of members ends after ${k} of ${count}; it is damaged`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const next = at + CENTRAL.bytes + nameBytes + extraBytes + view.getUint16(at + 32, true);
    if (next > bytes.length) throw new SyntaxError("its list of members is damaged");
    const nameAt = at + CENTRAL.bytes;
    const name = new TextDecoder().decode(bytes.subarray(nameAt, nameAt + nameBytes));
    const sizes = readSizes(view, at, nameAt + nameBytes, extraBytes);
    const method = view.getUint16(at + 10, true);
    if ((view.getUint16(at + 8, true) & 1) !== 0) {
      throw new SyntaxError(`its member "${name}" is encrypted; unpack it with the password`);
    }
    if (!Object.hasOwn(METHODS, method)) {
      throw new SyntaxError(
        `its member "${name}" must be stored, or compressed by deflate or zstd, received method ` +
          `${method}; unpack it and pack it again`,
      );
    }
    members.push({ name, method, checksum: view.getUint32(at + 16, true), ...sizes });
    at = next;
  }
  return members;
}

/** The sizes and the position of a member, which 64-bit fields replace where they are too large. */
function readSizes(view: DataView, at: number, extraAt: number, extraBytes: number) {
  const sizes = {
    bytes: view.getUint32(at + 24, true),
    packedBytes: view.getUint32(at + 20, true),
    at: view.getUint32(at + 42, true),
  };
  for (let field = extraAt; field + 4 <= extraAt + extraBytes;) {
    const id = view.getUint16(field, true);
    const length = view.getUint16(field + 2, true);
    let value = field + 4;
    for (const name of ["bytes", "packedBytes", "at"] as const) {
      if (id !== EXTRA_64 || sizes[name] !== MAX_UINT32) continue;
      if (value + 8 > field + 4 + length || value + 8 > view.byteLength) {
        throw new SyntaxError("its list of members is damaged");
      }
      sizes[name] = Number(view.getBigUint64(value, true));
      value += 8;
    }
    field += 4 + length;
  }
  return sizes;
}
