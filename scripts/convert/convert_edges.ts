/** `deno task convert edges EDGES --nodes NODES --out X.zarr`. @module */

import { Command } from "commander";
import { UserError } from "../../errors.ts";
import { openEdgeList } from "../../pipeline/datasets/edge_list.ts";
import type { SplitShares } from "../../pipeline/datasets/splits.ts";
import { addExamples, inputArgument, inputOption } from "../command/command_line.ts";
import { splitsOption } from "../options/splits_option.ts";
import {
  addTargetOptions,
  convertAndSummarize,
  convertOnce,
  type TargetFlags,
  targetOf,
} from "./convert_to.ts";
import { namesOption } from "./names_option.ts";

interface EdgesFlags extends TargetFlags {
  readonly nodes?: string | undefined;
  readonly inputs?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly position?: readonly string[] | undefined;
  readonly undirected: boolean;
  readonly splits?: SplitShares | undefined;
}

const MODULE = new URL("../../pipeline/datasets/edge_list.ts", import.meta.url);

/** Any graph. */
export const edges = addTargetOptions(
  new Command("edges")
    .description(
      "Any graph, from a table of edges (columns sender, receiver) and one of nodes (column id " +
        "and their data), as CSV or Arrow. With a column graph in both, each graph is a sample.",
    )
    .addArgument(inputArgument("<edges>", "table of edges"))
    .addOption(inputOption("--nodes <file>", "table of nodes (required)")),
)
  .addOption(namesOption("--inputs <names>", "columns of nodes that the network reads"))
  .addOption(
    namesOption(
      "--targets <names>",
      "columns that the network predicts (without --inputs and --targets: all numeric columns, " +
        "without roles)",
    ),
  )
  .addOption(
    namesOption(
      "--position <names>",
      "columns of coordinates (default: those of x, y, z, or breadth-first order on a line)",
    ),
  )
  .option("--undirected", "add the reverse of every edge", false)
  .addOption(splitsOption("75/5/20"))
  .action(
    async (
      file: string,
      { nodes, inputs, targets, position, undirected, splits, ...target }: EdgesFlags,
    ) => {
      const out = targetOf(file, target);
      if (nodes === undefined) {
        throw new UserError(
          `Cannot convert "${file}": --nodes is required; give the path of the table of nodes`,
        );
      }
      const options = {
        inputs,
        targets,
        position,
        undirected,
        shares: splits,
      };
      await convertOnce(
        { command: "convert edges", module: MODULE, sources: [file, nodes], options },
        out,
        target,
        async () =>
          await convertAndSummarize(out, await openEdgeList(file, nodes, options), target),
      );
    },
  );

addExamples(
  edges,
  "deno task convert edges edges.csv --nodes nodes.csv --inputs age --targets load " +
    "--undirected --out data/grid.zarr",
);
