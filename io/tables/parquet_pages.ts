/**
 * Verifies the pages of Parquet files before hyparquet decodes them: every page lies within its
 * column, has no more values than the column, and no run of equal values is longer than its page.
 * Without this check, one flipped bit makes the decoder write endless runs.
 *
 * @module
 */

import type { AsyncBuffer, FileMetaData, SchemaTree } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath } from "hyparquet/src/schema.js";
import type { Compressors } from "hyparquet";

/** Largest number of values of a column in a row group. */
const MAX_VALUES = 2 ** 28;

/** Bit-packed runs come in groups of this many values, of which the last ones may be unused. */
const GROUP = 8;

type RowGroup = FileMetaData["row_groups"][number];
type ColumnInfo = NonNullable<RowGroup["columns"][number]["meta_data"]>;
type Page = ReturnType<typeof parquetHeader>;

/**
 * Verifies all pages of a column.
 *
 * @param name Name of a column at the top level
 * @throws {SyntaxError} If they are damaged
 */
export async function checkPages(
  file: AsyncBuffer,
  { row_groups: groups }: FileMetaData,
  tree: SchemaTree,
  name: string,
  compressors: Compressors,
): Promise<void> {
  for (const group of groups) {
    const columns = group.columns.map(({ meta_data: info }) => info)
      .filter((info) => info?.path_in_schema[0] === name);
    if (columns.length !== 1) throw damaged("a row group lacks it");
    const [info] = columns as [ColumnInfo];
    const path = getTreePath(tree, info.path_in_schema);
    const levels = {
      repetition: getMaxRepetitionLevel(path),
      definition: getMaxDefinitionLevel(path),
    };
    const values = Number(info.num_values);
    const isFlat = levels.repetition === 0;
    if (!(values >= 0 && values <= MAX_VALUES) || isFlat && values !== Number(group.num_rows)) {
      throw damaged(`${values} values do not fit into ${group.num_rows} rows`);
    }
    const starts = [info.dictionary_page_offset, info.data_page_offset].map(Number)
      .filter((start) => start > 0);
    const start = Math.min(...starts);
    const bytes = await file.slice(start, start + Number(info.total_compressed_size));
    checkChunk(new DataView(bytes), info, levels, compressors);
  }
}

interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

/** Verifies the pages of a column in one row group. */
function checkChunk(
  view: DataView,
  info: ColumnInfo,
  levels: Levels,
  compressors: Compressors,
): void {
  const reader = { view, offset: 0 };
  let values = 0;
  while (reader.offset < view.byteLength - 1) {
    const page = parquetHeader(reader);
    const { compressed_page_size: size, uncompressed_page_size: fullSize } = page;
    if (!(size >= 0 && size <= view.byteLength - reader.offset && fullSize >= 0)) {
      throw damaged("a page lies outside its column");
    }
    const content = new Uint8Array(view.buffer, view.byteOffset + reader.offset, size);
    const dictionary = page.dictionary_page_header;
    const header = page.data_page_header ?? page.data_page_header_v2;
    const count = (dictionary ?? header)?.num_values ?? 0;
    // A value of a dictionary has at least one bit, one of the column may repeat.
    if (!(count >= 0 && count <= (dictionary ? GROUP * fullSize : Number(info.num_values)))) {
      throw damaged(`a page states ${count} values`);
    }
    if (header) values += count;
    if (page.data_page_header_v2) checkSecond(page, content, info, levels, compressors);
    else if (page.data_page_header) checkFirst(page, content, info, levels, compressors);
    reader.offset += size;
  }
  if (values !== Number(info.num_values)) {
    throw damaged(`expected ${info.num_values} values, found ${values}`);
  }
}

/** A data page of version 1: levels with their sizes, then values, compressed together. */
function checkFirst(
  { data_page_header: header, uncompressed_page_size: size }: Page,
  content: Uint8Array,
  { codec, type }: ColumnInfo,
  { repetition, definition }: Levels,
  compressors: Compressors,
): void {
  const page = viewOf(decompressPage(content, size, codec, compressors));
  const count = header!.num_values;
  let at = 0;
  for (const level of [repetition, definition].filter((level) => level > 0)) {
    const end = at + 4 + page.getUint32(at, true);
    checkRuns(page, at + 4, end, widthOf(level), count);
    at = end;
  }
  checkValues(page, at, header!.encoding, type, count);
}

/** A data page of version 2: levels whose sizes are in its header, then compressed values. */
function checkSecond(
  { data_page_header_v2: header, uncompressed_page_size: size }: Page,
  content: Uint8Array,
  { codec, type }: ColumnInfo,
  { repetition, definition }: Levels,
  compressors: Compressors,
): void {
  const {
    num_values: count,
    num_nulls: missing,
    repetition_levels_byte_length: repetitionBytes,
    definition_levels_byte_length: definitionBytes,
  } = header!;
  const levelBytes = repetitionBytes + definitionBytes;
  if (
    !(repetitionBytes >= 0 && definitionBytes >= 0 && levelBytes <= Math.min(size, content.length))
  ) {
    throw damaged("the levels of a page lie outside of it");
  }
  if (!(missing >= 0 && missing <= count)) throw damaged(`a page lacks ${missing} of ${count}`);
  const page = viewOf(content);
  if (repetition > 0) checkRuns(page, 0, repetitionBytes, widthOf(repetition), count);
  if (definition > 0) {
    checkRuns(page, repetitionBytes, levelBytes, widthOf(definition), count);
  }
  const packed = content.subarray(levelBytes);
  const isCompressed = header!.is_compressed !== false && size > levelBytes;
  const values = isCompressed
    ? decompressPage(packed, size - levelBytes, codec, compressors)
    : packed;
  checkValues(viewOf(values), 0, header!.encoding, type, count - missing);
}

/** Verifies the runs of values that are numbers in a dictionary, or booleans. */
function checkValues(
  page: DataView,
  start: number,
  encoding: string,
  type: string,
  count: number,
): void {
  if (encoding === "RLE" && type === "BOOLEAN") {
    checkRuns(page, start + 4, page.byteLength, 1, count);
  } else if (encoding.endsWith("_DICTIONARY") && count > 0 && start < page.byteLength) {
    checkRuns(page, start + 1, page.byteLength, page.getUint8(start), count);
  }
}

/** Verifies runs of one value, and of bit-packed values, up to `count`. */
function checkRuns(
  view: DataView,
  start: number,
  end: number,
  width: number,
  count: number,
): void {
  if (end > view.byteLength) throw damaged("a run of values lies outside its page");
  const bytes = Math.ceil(width / 8);
  let at = start;
  for (let seen = 0; seen < count && at < end;) {
    let header = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = at < end && shift < 35 ? view.getUint8(at++) : fail();
      header += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte >= 128);
    const isPacked = header % 2 === 1;
    const length = isPacked ? (header - 1) / 2 * GROUP : header / 2;
    at += isPacked ? length / GROUP * width : bytes;
    // The last group of packed values is padded.
    if (length > count - seen + (isPacked ? GROUP - 1 : 0)) fail();
    seen += length;
  }
}

function fail(): never {
  throw damaged("a run of values is longer than its page");
}

function widthOf(level: number): number {
  return 32 - Math.clz32(level);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function damaged(reason: string): SyntaxError {
  return new SyntaxError(`it is damaged: ${reason}`);
}
