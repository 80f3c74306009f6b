/**
 * Files that a module consists of, and their hashes.
 *
 * @module
 */

import { sha256 } from "../../../io/sha256.ts";
import { ifPresent } from "../../../io/if_present.ts";

/** Static imports and re-exports, and dynamic imports. */
const IMPORTS = [
  /(?:^|\n)\s*(?:import|export)\b(?:[^"';]*?\bfrom)?\s*["']([^"'\n]+)["']/g,
  /\bimport\s*\(\s*["']([^"'\n]+)["']/g,
];

/** The part of a URL before the name and version of an installed package. */
const PACKAGE_PREFIX = /^file:.*\/(?:npm\/[^/]*\.[^/]*|node_modules)\//;

/** Hashes modules with everything that they import; reads each file once. */
export class CodeHasher {
  readonly #files = new Map<
    string,
    Promise<{ readonly hash: string; readonly imports: readonly string[] }>
  >();

  /**
   * Returns the SHA-256 of a module and all local files that it imports, directly or indirectly.
   * Packages are represented by their name and version.
   *
   * @throws {TypeError} If the module does not exist: no change of it would ever show.
   */
  async hash(module: URL): Promise<string> {
    const hashes = await this.#hashes(module);
    if (hashes.get(module.href) === "") {
      throw new TypeError(`Cannot hash the code of ${module}: there is no such file`);
    }
    // Sorted by hash: the location of the files does not matter.
    return sha256([...hashes.values()].sort().join("\n"));
  }

  /** Returns the URLs of a module and of all files that it imports, directly or indirectly. */
  async files(module: URL): Promise<readonly string[]> {
    return [...(await this.#hashes(module)).keys()];
  }

  /** Hashes of the files by URL. */
  async #hashes(module: URL): Promise<ReadonlyMap<string, string>> {
    const hashes = new Map<string, string>();
    let next = [module.href];
    while (next.length > 0) {
      const files = await Promise.all(next.map((href) => this.#file(href)));
      files.forEach(({ hash }, k) => hashes.set(next[k], hash));
      next = [...new Set(files.flatMap(({ imports }) => imports))].filter((href) =>
        !hashes.has(href)
      );
    }
    return hashes;
  }

  #file(href: string) {
    const saved = this.#files.get(href);
    if (saved !== undefined) return saved;
    const file = readModule(new URL(href));
    this.#files.set(href, file);
    return file;
  }
}

async function readModule(url: URL) {
  // The content behind a remote URL or the version of a package never changes.
  const name = url.href.replace(PACKAGE_PREFIX, "");
  if (url.protocol !== "file:" || name !== url.href) return { hash: sha256(name), imports: [] };
  const bytes = await ifPresent(Deno.readFile(url));
  // Only a commented-out import can name a missing file: a real one would have failed by now.
  if (bytes === undefined) return { hash: "", imports: [] };
  const imports = /\.[cm]?[jt]sx?$/.test(url.pathname)
    ? importsOf(new TextDecoder().decode(bytes))
    : [];
  const resolved = imports.map((specifier) => resolveImport(specifier, url));
  return { hash: sha256(bytes), imports: resolved.filter((href) => href !== undefined) };
}

function importsOf(source: string): readonly string[] {
  return IMPORTS.flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, specifier]) => specifier)
  );
}

/** The URL that an import refers to; undefined for commented-out text that refers to none. */
function resolveImport(specifier: string, from: URL): string | undefined {
  if (/^(\.{0,2}\/|[a-z]+:)/.test(specifier)) return URL.parse(specifier, from)?.href;
  try {
    // The import map may map a bare name to a package or to a local file.
    return import.meta.resolve(specifier);
  } catch {
    return undefined;
  }
}
