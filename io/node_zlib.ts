/**
 * The `node:zlib` of the runtime, loaded at its first use: with all that it needs, it costs about
 * as much time as the rest of a worker's start, and most workers never use it.
 *
 * @module
 */

type Zlib = typeof import("node:zlib");

let loaded: Zlib | undefined;

/** Returns the module `node:zlib`. */
export function zlib(): Zlib {
  return loaded ??= globalThis.process.getBuiltinModule("node:zlib");
}
