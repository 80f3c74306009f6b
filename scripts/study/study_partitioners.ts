/** `deno task study partitioners`. @module */

import { Command, Option } from "commander";
import { basename, join } from "node:path";
import { UserError } from "../../errors.ts";
import { INSTALL_METIS, loadMetis } from "../../pipeline/graph/metis.ts";
import { choosePreset } from "../../pipeline/presets/presets.ts";
import {
  studiedGraph,
  studyPartitioners,
} from "../../pipeline/experiments/studies/partitioner_study.ts";
import {
  addExamples,
  choiceOption,
  interruptSignal,
  outputOption,
} from "../command/command_line.ts";
import { prepareStore } from "../data_sets/prepare_store.ts";
import { numbersOption, setOption, writeStudy } from "./study_options.ts";

interface PartitionersFlags {
  readonly store?: string | undefined;
  readonly fidelity?: string | undefined;
  readonly parts: readonly number[];
  readonly nodes: number | "all";
  readonly set: readonly string[];
  readonly out?: string | undefined;
}

const PARTS: readonly number[] = [2, 4, 8, 16];

/** Ways to cut a graph. */
export const partitioners = new Command("partitioners")
  .description(
    "Strips, coordinate bisection and METIS against edges cut, balance and bytes of each hop.",
  )
  .argument("[preset]", "the preset whose graph is cut", "darcy")
  .option("--store <path>", "another data set of the preset, or graphs of `convert edges`")
  .addOption(
    choiceOption("--fidelity <fidelity>", "of the data of airfrans (default: low)", [
      "low",
      "high",
    ]),
  )
  .addOption(
    numbersOption("--parts <list>", "numbers of parts", { least: 1 }).default(
      PARTS,
      PARTS.join(","),
    ),
  )
  .addOption(
    new Option("--nodes <n>", "sampled nodes, or all").argParser(parseNodes).default("all"),
  )
  .addOption(setOption())
  .addOption(
    outputOption(
      "--out <directory>",
      "where the results go (default: out/study-partitioners-NAME)",
      "directory",
    ),
  )
  .action(async (name: string, { store, fidelity, parts, nodes, set, out }: PartitionersFlags) => {
    const preset = choosePreset(name, fidelity);
    const choice = { ...preset.defaults, ...(store !== undefined && { store }) };
    if (store === undefined) await prepareStore(preset, choice);
    using metis = loadMetis();
    if (metis === undefined) {
      console.error(`METIS is not there, so it is left out; install it with ${INSTALL_METIS}`);
    }
    const graph = await studiedGraph({ preset, choice, changes: set, nodes }, interruptSignal);
    const subject = store === undefined ? preset.name : basename(store).replace(/\.\w+$/, "");
    const directory = out ?? join("out", `study-partitioners-${subject}`);
    const words = [
      ...(store === undefined ? [] : [`--store ${store}`]),
      ...(fidelity === undefined ? [] : [`--fidelity ${fidelity}`]),
      `--parts ${parts.join(",")}`,
      `--nodes ${nodes}`,
      ...set.map((assignment) => `--set '${assignment}'`),
    ];
    const command = ["deno task study partitioners", name, ...words].join(" ");
    await writeStudy(studyPartitioners(graph, parts, metis, command), directory);
  });

addExamples(
  partitioners,
  "deno task study partitioners airfrans",
  "deno task study partitioners --store data/graph.zarr --parts 2,4,8,16,32",
);

function parseNodes(text: string): number | "all" {
  const count = Number(text);
  if (text === "all" || Number.isInteger(count) && count >= 1) return text === "all" ? text : count;
  throw new UserError(
    `Cannot read --nodes as it must be "all" or an integer >= 1: received "${text}"`,
  );
}
