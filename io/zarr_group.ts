/**
 * A Zarr group, version 2 or 3, and the metadata of its arrays.
 *
 * @module
 */

import { DataError, messageOf } from "../errors.ts";
import { isObject, parseJson } from "./json_text.ts";
import { zlib } from "./node_zlib.ts";
import { openStoreFiles, type StoreFiles } from "./store_files.ts";
import { ChunkFiles, hex, MAX_METADATA_BYTES } from "./zarr_chunks.ts";
import { parseZarrLayout, type ZarrLayout } from "./zarr_layout.ts";

/** Chunks of an array that other programs may leave out, and further ones for each sample. */
const MAX_OMITTED = 4096;
const MAX_OMITTED_PER_SAMPLE = 64;

/** A Zarr group on disk. */
export interface ZarrGroup {
  readonly path: string;
  readonly version: 2 | 3;
  readonly attributes: unknown;
  readonly files: StoreFiles;
}

/** Opens a group. @throws {DataError} If there is none at `path`, or it is incomplete */
export async function openZarrGroup(path: string): Promise<ZarrGroup> {
  const files = await openStoreFiles(path);
  const metadata = (await readJson(files, "zarr.json"))?.json as
    | Record<string, unknown>
    | undefined
    | null;
  if (metadata !== undefined) {
    if (metadata?.node_type === "group") {
      return { path, version: 3, attributes: metadata.attributes, files };
    }
    throw new DataError(
      `Cannot open "${path}": it must be a Zarr group, it is ` +
        `${JSON.stringify(metadata?.node_type)}`,
    );
  }
  if (await readJson(files, ".zgroup") !== undefined) {
    return { path, version: 2, attributes: (await readJson(files, ".zattrs"))?.json, files };
  }
  throw new DataError(
    `Cannot open "${path}": it has neither zarr.json nor .zgroup; it is not a Zarr ` +
      "group, or was not written completely; convert other formats first, see deno task convert " +
      "--help",
  );
}

/** The CRC-32 of the metadata of every array of a store, by name. */
export type ArrayChecksums = ReadonlyMap<string, number>;

/**
 * The metadata of an array and its files; undefined if the group has no array of that name.
 *
 * @throws {DataError} If the metadata are damaged
 */
export async function findArray(
  { path, version, attributes: header, files }: ZarrGroup,
  name: string,
  checksums?: ArrayChecksums,
): Promise<
  { readonly what: string; readonly layout: ZarrLayout; readonly files: ChunkFiles } | undefined
> {
  const what = `array "${name}" of "${path}"`;
  const metadata = await readJson(files, `${name}/${version === 3 ? "zarr.json" : ".zarray"}`);
  if (checksums && metadata?.checksum !== checksums.get(name)) {
    throw new DataError(
      `Cannot read ${what}: expected checksum ${hex(checksums.get(name))} of its metadata, ` +
        `found ${hex(metadata?.checksum)}; the store is damaged`,
    );
  }
  if (metadata === undefined) return undefined;
  const attributes = version === 2 ? (await readJson(files, `${name}/.zattrs`))?.json : undefined;
  const layout = parseZarrLayout(
    version,
    metadata.json,
    what,
    isObject(attributes) ? attributes : undefined,
  );
  const samples = isObject(header) && Array.isArray(header.ids) ? header.ids.length : 0;
  const maxOmitted = MAX_OMITTED + MAX_OMITTED_PER_SAMPLE * samples;
  return { what, layout, files: new ChunkFiles(files, name, layout, maxOmitted) };
}

async function readJson(
  files: StoreFiles,
  name: string,
): Promise<{ readonly json: unknown; readonly checksum: number } | undefined> {
  const bytes = await files.read(name, MAX_METADATA_BYTES);
  if (!bytes) return undefined;
  try {
    return { json: parseJson(bytes), checksum: zlib().crc32(bytes) };
  } catch (cause) {
    throw new DataError(
      `Cannot read "${files.path}/${name}": it is not JSON: ${messageOf(cause)}`,
      { cause },
    );
  }
}
