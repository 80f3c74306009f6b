/**
 * Files of NumPy: one array (`.npy`), or a zip archive of named ones (`.npz`).
 *
 * @module
 */

import { basename, extname } from "node:path";
import { DataError, messageOf } from "../../errors.ts";
import { ZipArchive } from "../zip_archive.ts";
import { type ArrayFile, type ArrayNumbers, pickIndex, shapeText, sizeOf } from "./array_file.ts";
import { MAX_NPY_HEADER_BYTES, type NpyHeader, npyNumbers, parseNpyHeader } from "./npy.ts";

/** Arrays that are read at once are held in memory. */
const MAX_ARRAY_BYTES = 2 ** 31 - 1;

/** The bytes of an array, wherever they are. */
interface NpyBytes {
  readonly byteCount: number;
  readonly isPacked: boolean;
  range(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Opens an array, which is named after its file. @throws {DataError} If it is damaged */
export async function openNpyArray(path: string): Promise<ArrayFile> {
  const range = async (start: number, length: number) => {
    using file = await Deno.open(path);
    await file.seek(start, Deno.SeekMode.Start);
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = await file.read(bytes.subarray(done));
      if (count === null) throw new SyntaxError("it is truncated");
      done += count;
    }
    return bytes;
  };
  const { size } = await Deno.stat(path);
  const name = basename(path, extname(path));
  return await arrayFile(path, "array of NumPy", [
    [name, { byteCount: size, isPacked: false, range }],
  ]);
}

/** Opens an archive of arrays. @throws {DataError} If it is damaged */
export async function openNpzArrays(path: string): Promise<ArrayFile> {
  const archive = await ZipArchive.open(path);
  const members = archive.names.filter((name) => name.endsWith(".npy"));
  return await arrayFile(
    path,
    "arrays of NumPy",
    members.map((member) => [member.slice(0, -".npy".length), {
      byteCount: archive.size(member)!,
      isPacked: true,
      range: async (start, length) => {
        const whole = start === 0 && length === archive.size(member);
        // A complete member has its checksum verified.
        const bytes = whole
          ? await archive.read(member, MAX_ARRAY_BYTES)
          : await archive.readRange(member, start, length);
        return bytes!;
      },
    }]),
  );
}

async function arrayFile(
  path: string,
  format: string,
  arrays: readonly (readonly [name: string, bytes: NpyBytes])[],
): Promise<ArrayFile> {
  const headers = new Map<string, NpyHeader>();
  const problems = new Map<string, DataError>();
  for (const [name, bytes] of arrays) {
    try {
      headers.set(name, await readHeader(bytes));
    } catch (cause) {
      // Arrays that are not asked for do not matter.
      problems.set(name, damaged(path, name, cause));
    }
  }
  const [problem] = problems.values();
  if (headers.size === 0 && problem !== undefined) throw problem;
  const stored = new Map(arrays);
  let last: { readonly name: string; readonly numbers: ArrayNumbers } | undefined;
  return {
    path,
    format,
    entries: [...headers].map(([name, { shape }]) => ({ name, shape })),
    excluded: problems,
    notes: problems.size === 0 ? [] : [
      `Left out, as they are not arrays of numbers: ${[...problems.keys()].join(", ")}`,
    ],
    async read(name, index) {
      const header = headers.get(name)!;
      const bytes = stored.get(name)!;
      try {
        const [first] = index;
        if (first !== undefined && !header.isColumnMajor && !bytes.isPacked) {
          const rest = header.shape.slice(1);
          const length = sizeOf(rest) * header.itemBytes;
          const part = await bytes.range(header.dataOffset + first * length, length);
          return pickIndex(npyNumbers(part, header, rest), index.slice(1));
        }
        // The samples of a compressed array are read one after another.
        if (last?.name !== name) last = { name, numbers: await readWhole(bytes, header) };
        return pickIndex(last.numbers, index);
      } catch (cause) {
        throw damaged(path, name, cause);
      }
    },
  };
}

async function readHeader({ byteCount, range }: NpyBytes): Promise<NpyHeader> {
  const header = parseNpyHeader(await range(0, Math.min(byteCount, MAX_NPY_HEADER_BYTES)));
  const bytes = header.dataOffset + sizeOf(header.shape) * header.itemBytes;
  if (bytes === byteCount) return header;
  const shape = shapeText(header.shape);
  throw new SyntaxError(
    `its shape ${shape} needs ${bytes} bytes, it has ${byteCount}; it is damaged`,
  );
}

async function readWhole({ byteCount, range }: NpyBytes, header: NpyHeader): Promise<ArrayNumbers> {
  if (byteCount > MAX_ARRAY_BYTES) {
    throw new SyntaxError(
      `an array that is compressed, or has the first axis fastest, must have at most ` +
        `${MAX_ARRAY_BYTES} bytes, it has ${byteCount}; save it by numpy.save in C order`,
    );
  }
  const bytes = await range(0, byteCount);
  return npyNumbers(bytes.slice(header.dataOffset), header, header.shape);
}

function damaged(path: string, name: string, cause: unknown): DataError {
  if (cause instanceof DataError) return cause;
  return new DataError(`Cannot read array "${name}" of "${path}": ${messageOf(cause)}`, { cause });
}
