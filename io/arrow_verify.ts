/**
 * Verifies the frame of Arrow IPC bytes of any origin: every message lies within the bytes, every
 * column within its message, and no vector of the metadata claims more entries than fit. Without
 * this check, one flipped bit makes a reader allocate gigabytes, loop forever, or expose other
 * memory of the same buffer.
 *
 * The metadata are FlatBuffers: tables whose fields are found by a list of offsets, and vectors
 * with a count.
 *
 * @module
 */

const MAGIC = [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31];
const CONTINUATION = -1;

/** Message headers and field types, by their number in the Arrow format. */
const HEADER = { schema: 1, dictionaryBatch: 2, recordBatch: 3 } as const;
const UNION_TYPE = 14;

/** Number of bytes that one compressed byte becomes at most, by codec: LZ4, Zstandard. */
const MAX_RATIOS = [256, 65_536];

/** Maximum size of one decompressed buffer. */
const MAX_BUFFER_BYTES = 2 ** 31;

/** A compressed buffer starts with its decompressed size, or -1 if it is stored as it is. */
const SIZE_BYTES = 8;
const STORED_SIZE = -1;

/** Verifies a stream or file. @throws {SyntaxError} If it is not well-formed Arrow IPC data */
export function checkArrowFrame(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (MAGIC.every((byte, i) => bytes[i] === byte)) checkFile(view);
    else checkStream(view);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw cause;
    throw damaged("it points outside its bytes", cause);
  }
}

function checkStream(view: DataView): void {
  for (let at = 0; at < view.byteLength;) {
    const next = checkMessage(view, at);
    if (next === undefined) return;
    at = next;
  }
}

function checkFile(view: DataView): void {
  const footerEnd = view.byteLength - MAGIC.length - 4;
  const footerStart = footerEnd - view.getInt32(footerEnd, true);
  if (footerStart < MAGIC.length || footerStart >= footerEnd) throw damaged("it has no footer");
  const footer = new Tables(view, footerStart, footerEnd);
  const root = footer.follow(0);
  footer.checkSchema(footer.child(root, 1));
  footer.checkKeyValues(footer.vector(root, 4, 4));
  for (const field of [2, 3]) {
    for (const block of footer.vector(root, field, 24)) {
      const start = Number(view.getBigInt64(footerStart + block, true));
      if (start < 0 || start >= footerStart) {
        throw damaged("a block of its footer points outside its bytes");
      }
      checkMessage(view, start);
    }
  }
}

/** Checks a message. @returns Start of the next one, or undefined at the end of the stream */
function checkMessage(view: DataView, start: number): number | undefined {
  let at = start;
  let length = view.getInt32(at, true);
  at += 4;
  if (length === CONTINUATION) {
    length = view.getInt32(at, true);
    at += 4;
  }
  if (length === 0) return undefined;
  if (length < 0 || at + length > view.byteLength) {
    throw damaged(
      `a message states ${length} bytes of metadata, found ${view.byteLength - at}`,
    );
  }
  const tables = new Tables(view, at, at + length);
  const message = tables.follow(0);
  const bodyLength = tables.long(message, 3);
  if (bodyLength < 0 || at + length + bodyLength > view.byteLength) {
    throw damaged(
      `a message states ${bodyLength} bytes of data, found ${view.byteLength - at - length}`,
    );
  }
  const kind = tables.byte(message, 1);
  const content = tables.child(message, 2);
  const body = new DataView(view.buffer, view.byteOffset + at + length, bodyLength);
  if (kind === HEADER.schema) tables.checkSchema(content);
  else if (kind === HEADER.recordBatch) tables.checkRecordBatch(content, body);
  else if (kind === HEADER.dictionaryBatch) {
    tables.checkRecordBatch(tables.child(content, 1), body);
  } else throw damaged(`a message has the unknown kind ${kind}`);
  return at + length + bodyLength;
}

/**
 * FlatBuffers tables within `[start, end)` of the bytes; positions count from `start`, and 0 means
 * absent.
 */
class Tables {
  readonly #view: DataView;
  /** Number of tables that may still be visited: no more than fit into the bytes. */
  #budget: number;

  constructor(view: DataView, start: number, end: number) {
    this.#view = new DataView(view.buffer, view.byteOffset + start, end - start);
    this.#budget = (end - start) / 4;
  }

  /** The position to which the offset at a position points. */
  follow(at: number): number {
    const target = at + this.#view.getUint32(at, true);
    if (target >= this.#view.byteLength) throw damaged("a table lies outside its message");
    return target;
  }

  /** The table in a field of a table, or 0. */
  child(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === 0 ? 0 : this.follow(at);
  }

  byte(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === 0 ? 0 : this.#view.getUint8(at);
  }

  long(table: number, field: number): number {
    const at = this.#field(table, field);
    return at === 0 ? 0 : this.#long(at);
  }

  #long(at: number): number {
    return Number(this.#view.getBigInt64(at, true));
  }

  /** The positions of the entries of a vector, each `stride` bytes long. */
  vector(table: number, field: number, stride: number): number[] {
    const { start, count } = this.#checkVector(table, field, stride);
    return Array.from({ length: count }, (_, i) => start + i * stride);
  }

  checkSchema(schema: number): void {
    if (schema === 0) throw damaged("it has no schema");
    this.#checkFields(this.vector(schema, 1, 4));
    this.checkKeyValues(this.vector(schema, 2, 4));
  }

  checkRecordBatch(batch: number, body: DataView): void {
    if (batch === 0) throw damaged("a record batch is empty");
    const compression = this.child(batch, 3);
    const codec = compression === 0 ? undefined : this.byte(compression, 0);
    let bytes = codec === undefined ? body.byteLength : 0;
    this.#checkVector(batch, 4, 8);
    for (const region of this.vector(batch, 2, 16)) {
      const start = this.#long(region);
      const length = this.#long(region + 8);
      if (start < 0 || length < 0 || start + length > body.byteLength) {
        throw damaged(`a column spans bytes ${start} to ${start + length} of ${body.byteLength}`);
      }
      if (codec !== undefined) bytes += decompressedSize(body, start, length, codec);
    }
    const rows = [
      this.long(batch, 0),
      ...this.vector(batch, 1, 16).map((node) => this.#long(node)),
    ];
    for (const count of rows) {
      // A value takes at least one bit. Columns of only nulls, which take none, are refused.
      if (count < 0 || count > 8 * bytes) {
        throw damaged(`${count} rows do not fit into ${bytes} bytes`);
      }
    }
  }

  checkKeyValues(entries: readonly number[]): void {
    for (const at of entries) {
      const entry = this.#visit(at);
      this.#checkVector(entry, 0, 1);
      this.#checkVector(entry, 1, 1);
    }
  }

  #checkFields(fields: readonly number[]): void {
    for (const at of fields) {
      const field = this.#visit(at);
      this.#checkVector(field, 0, 1);
      if (this.byte(field, 2) === UNION_TYPE) {
        throw damaged("it has a union, which is not supported");
      }
      this.#checkFields(this.vector(field, 5, 4));
      this.checkKeyValues(this.vector(field, 6, 4));
    }
  }

  #checkVector(table: number, field: number, stride: number): { start: number; count: number } {
    const at = this.child(table, field);
    if (at === 0) return { start: 0, count: 0 };
    const count = this.#view.getUint32(at, true);
    if (at + 4 + count * stride > this.#view.byteLength) {
      throw damaged(`a list of its metadata has ${count} entries, more than fit`);
    }
    return { start: at + 4, count };
  }

  #visit(at: number): number {
    if (--this.#budget < 0) throw damaged("its metadata refer to themselves");
    return this.follow(at);
  }

  /** The position of a field of a table, or 0 where the table does not have it. */
  #field(table: number, field: number): number {
    const list = table - this.#view.getInt32(table, true);
    const entry = 4 + 2 * field;
    if (entry >= this.#view.getUint16(list, true)) return 0;
    const offset = this.#view.getUint16(list + entry, true);
    return offset === 0 ? 0 : table + offset;
  }
}

/** The size of a compressed buffer after decompression. */
function decompressedSize(body: DataView, start: number, length: number, codec: number): number {
  if (length === 0) return 0;
  if (length < SIZE_BYTES) throw damaged("a compressed column has no size");
  const size = Number(body.getBigInt64(start, true));
  if (size === STORED_SIZE) return length - SIZE_BYTES;
  const ratio = MAX_RATIOS[codec] ?? 1;
  if (size < 0 || size > Math.min(MAX_BUFFER_BYTES, ratio * length)) {
    throw damaged(`${size} bytes of a column cannot be in ${length} compressed ones`);
  }
  return size;
}

function damaged(reason: string, cause?: unknown): SyntaxError {
  return new SyntaxError(`Cannot read Arrow IPC data: ${reason}`, { cause });
}
