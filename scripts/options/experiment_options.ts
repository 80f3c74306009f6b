/**
 * Options that the commands of comparisons and studies share.
 *
 * @module
 */

import { Option } from "commander";
import { choiceOption, integerOption, outputOption } from "../command/command_line.ts";
import { userPath } from "../command/paths.ts";

/** `--device`. */
export function deviceOption(): Option {
  return choiceOption("--device <device>", "device of the networks", ["auto", "webgpu", "cpu"]);
}

/** `--fidelity`. */
export function fidelityOption(): Option {
  const description = "fidelity of the data of airfrans (default: low)";
  return choiceOption("--fidelity <fidelity>", description, ["low", "high"]);
}

/** `--jobs`. */
export function jobsOption(): Option {
  const description = "runs at once, if memory allows; with more than 1, times are not comparable";
  return integerOption("--jobs <n>", description, 1, 1000).default(1);
}

/** `--out`. */
export function outOption(defaultDirectory: string): Option {
  const description = `directory of the results (default: ${defaultDirectory})`;
  return outputOption("--out <directory>", description, "directory");
}

/** `--store`. */
export function storeOption(): Option {
  const description =
    "data set (default: that of the preset; that of darcy is generated if absent)";
  return new Option("--store <path>", description).argParser(userPath);
}

/** `--set path=value`, which may be repeated. */
export function setOption(): Option {
  const description = "change an option of a stage in all runs, such as " +
    "stages.graphs.with.epochs=2; may be repeated";
  return new Option("--set <path=value>", description)
    .argParser((assignment: string, previous: readonly string[]) => [...previous, assignment])
    .default([], "none");
}
