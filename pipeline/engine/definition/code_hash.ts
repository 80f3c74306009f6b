/**
 * The files that modules are made of, and hashes of them.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** Static and dynamic imports and re-exports of a module, text or WebAssembly file. */
const IMPORTS = [
  /(?:^|\n)\s*(?:import|export)\b(?:[^"';]*?\bfrom)?\s*["']([^"'\n]+)["']/g,
  /\bimport\s*\(\s*["']([^"'\n]+)["']/g,
];

/** What stands before the name and version of an installed package. */
const PACKAGES = /^file:.*\/(?:npm\/[^/]*\.[^/]*|node_modules)\//;

/** Hashes modules; each file is read once. */
export class CodeHasher {
  readonly #files = new Map<
    string,
    Promise<{ readonly hash: string; readonly imports: readonly string[] }>
  >();

  /**
   * SHA-256 of a module and all local files that it imports, directly or not. Packages count by
   * their version only.
   */
  async hash(module: URL): Promise<string> {
    // Sorted by content: where the files lie does not matter.
    return sha256([...(await this.#hashes(module)).values()].sort().join("\n"));
  }

  /** A module and all files that it imports, directly or not, as URLs. */
  async files(module: URL): Promise<readonly string[]> {
    return [...(await this.#hashes(module)).keys()];
  }

  /** The hash of each file by its URL. */
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
    const known = this.#files.get(href);
    if (known !== undefined) return known;
    const file = readModule(new URL(href));
    this.#files.set(href, file);
    return file;
  }
}

async function readModule(url: URL) {
  // A module from elsewhere never changes under its name, nor does a package of one version.
  const name = url.href.replace(PACKAGES, "");
  if (url.protocol !== "file:" || name !== url.href) return { hash: sha256(name), imports: [] };
  const bytes = await readIfThere(url);
  // An import in a comment may name nothing; a real one has failed before.
  if (bytes === undefined) return { hash: "", imports: [] };
  const imports = /\.[cm]?[jt]sx?$/.test(url.pathname)
    ? importsOf(new TextDecoder().decode(bytes))
    : [];
  const resolved = imports.map((specifier) => resolveImport(specifier, url));
  return { hash: sha256(bytes), imports: resolved.filter((href) => href !== undefined) };
}

async function readIfThere(url: URL): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function importsOf(source: string): readonly string[] {
  return IMPORTS.flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, specifier]) => specifier)
  );
}

/** Where an import leads; undefined for words in a comment, which lead nowhere. */
function resolveImport(specifier: string, from: URL): string | undefined {
  if (/^(\.{0,2}\/|[a-z]+:)/.test(specifier)) return URL.parse(specifier, from)?.href;
  try {
    // By the import map: a name may stand for a package or for a local file.
    return import.meta.resolve(specifier);
  } catch {
    return undefined;
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
