/**
 * Lines that other processes print.
 *
 * @module
 */

/**
 * The lines of a stream, without their ends.
 *
 * @param signal Ends the reading with its reason
 */
export async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream(), signal && { signal })) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
