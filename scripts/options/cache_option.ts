/**
 * The option `--no-cache` of the commands that do nothing twice.
 *
 * @module
 */

import { Option } from "commander";

/** Declares `--no-cache`; `cache` is true without it. */
export function cacheOption(description: string): Option {
  return new Option("--no-cache", description).env("HALOFLOW_NO_CACHE");
}

/** The same for commands that make a data set. */
export function madeOption(): Option {
  return cacheOption("generate the data set even if it is cached");
}
