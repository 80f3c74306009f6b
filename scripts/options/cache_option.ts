/**
 * The option `--no-cache` of the commands that reuse earlier results.
 *
 * @module
 */

import { Option } from "commander";

/** Declares `--no-cache`; `cache` is true without it. */
export function cacheOption(description: string): Option {
  return new Option("--no-cache", description).env("HALOFLOW_NO_CACHE");
}

/** The same for commands that create a data set. */
export function madeOption(): Option {
  return cacheOption("create the data set even if this command has created it before");
}
