/**
 * The record batches that travel between the stages.
 *
 * @module
 */

import type { Schema } from "../../io/record_batch.ts";
import { documentedSchema, list, optional, scalar } from "./documented_schema.ts";

const DERIVED = optional(scalar(
  "utf8",
  "JSON of the derived inputs, which are the last ones; empty text for none.",
));

const MESH_COLUMNS = {
  index: scalar("int32", "Number of the sample in its store."),
  id: scalar("utf8", "Name of the sample."),
  count: scalar("int32", "Number of meshes in the complete stream."),
  dimensions: scalar("int32", "Number of space dimensions D: 1, 2 or 3."),
  position: list("float32", "[N, D]", "Node positions."),
  input: list("float32", "[N, I]", "Node positions, then the input fields, node by node."),
  inputNames: list("utf8", "[I]", "Name of each input value, such as `x` or `velocity.y`."),
  target: list("float32", "[N, O]", "Target fields; empty where the store has none."),
  targetNames: list("utf8", "[O]", "Name of each target value."),
  units: list("utf8", "[I + O]", "Units of inputs, then targets; empty text for none."),
  gridShape: list("uint32", "[D]", "Vertices along each axis of a grid; empty for a mesh."),
  cellConnectivity: list(
    "uint32",
    "[vertices]",
    "Nodes of all cells, cell by cell; empty unless cells were loaded.",
  ),
  cellOffsets: list("uint32", "[cells + 1]", "Start of each cell in `cellConnectivity`."),
  cellTypes: list("uint32", "[cells]", "VTK type of each cell."),
  plane: list(
    "float64",
    "[2]",
    "For a mesh in a plane of space, the axis across it and the coordinate there; else empty.",
  ),
  valueOffset: optional(list(
    "float64",
    "[I + O]",
    "True value minus value of each input, which is the origin for the positions, then of each " +
      "target; empty where all are 0.",
  )),
  known: optional(list(
    "float32",
    "[N]",
    "1 for a node whose targets are known, else 0; empty where all are known.",
  )),
  title: optional(scalar("utf8", "Title of the data; empty text for none.")),
  preparation: optional(scalar(
    "utf8",
    "JSON of how arrays of files became fields; empty text where that is not known.",
  )),
  derived: DERIVED,
};

const SUBDOMAINS_COLUMNS = {
  ...MESH_COLUMNS,
  parts: scalar("int32", "Number of subdomains P."),
  overlap: scalar("float64", "Overlap in units of the positions; negative to retain every edge."),
  owner: list("uint32", "[N]", "Subdomain of each node, from 0."),
  order: optional(list(
    "uint32",
    "[N]",
    "Rank of each node in a spatial order, for stratified draws; empty where none is required.",
  )),
};

const STATISTICS_COLUMNS = {
  inputMean: list("float64", "[I]", "Mean of each input over the nodes of all meshes."),
  inputScale: list("float64", "[I]", "Standard deviation of each input; 1 for a constant."),
  targetMean: list("float64", "[O]", "Mean of each target after division by its divisor."),
  targetScale: list("float64", "[O]", "Standard deviation of each target after the division."),
  targetPowers: list(
    "float64",
    "[O, I]",
    "Powers of the inputs in the divisor of each target; empty without divisors.",
  ),
  targetDeviation: list("float64", "[O]", "Standard deviation of each target in its unit."),
  dimensions: optional(scalar("int32", "Number of space dimensions D; 0 where it is not known.")),
  valueOffset: optional(list(
    "float64",
    "[I + O]",
    "True value minus the value that means and scales refer to, of inputs, then targets; empty " +
      "where all are 0.",
  )),
  inputMin: optional(
    list("float64", "[I]", "Smallest true value of each input; empty if unknown."),
  ),
  inputMax: optional(list("float64", "[I]", "Largest true value of each input; empty if unknown.")),
  spacing: optional(list(
    "float64",
    "[2]",
    "Smallest and largest distance of a node to its nearest neighbour; empty if unknown.",
  )),
  title: optional(scalar("utf8", "Title of the data; empty text for none.")),
  preparation: optional(scalar(
    "utf8",
    "JSON of how arrays of files became fields; empty text where that is not known.",
  )),
  derived: DERIVED,
};

/** One mesh sample per row, in physical units. */
export const MESH: Schema = documentedSchema(
  "mesh",
  "One mesh sample per row, in physical units.",
  MESH_COLUMNS,
);

/** A mesh with the rank that owns each node. */
export const SUBDOMAINS: Schema = documentedSchema(
  "subdomains",
  "One mesh per row, with the subdomain that owns each node.",
  SUBDOMAINS_COLUMNS,
);

/** A rank's part of one graph: one row, routed by `rank`. Lists are those of `LocalGraph`. */
export const GRAPH: Schema = documentedSchema(
  "graph",
  "One rank's part of one graph per row: its interior nodes, their edges, and its ghosts.",
  {
    rank: scalar("int32", "Rank of this part, from 0."),
    ranks: scalar("int32", "Number of parts of the graph."),
    index: scalar("int32", "Number of the sample in its store."),
    id: scalar("utf8", "Name of the sample."),
    step: scalar("int32", "Number of the graph, from 0: in the training, or in its mesh."),
    steps: scalar("int32", "Number of graphs in the training, or of the mesh."),
    epoch: scalar("int32", "Number of the pass over the meshes, from 0."),
    round: scalar("int32", "Number of the cover that the graph belongs to, from 0."),
    rounds: scalar("int32", "Number of covers; 1 in a training."),
    interiorCount: scalar("int32", "Number of nodes that the rank owns."),
    ghostCount: scalar("int32", "Number of nodes of other ranks that send an edge to them."),
    nodes: list("uint32", "[interior + ghost]", "Node numbers in the mesh, interior first."),
    offsets: list("uint32", "[interior + 1]", "First edge of each interior node."),
    senders: list("uint32", "[edges]", "Sender of each edge, as a number of this part."),
    ghostCounts: list("uint32", "[ranks]", "Number of ghosts that each rank owns."),
    sendCounts: list("uint32", "[ranks]", "Number of nodes to send to each rank."),
    sendNodes: list("uint32", "[sum of sendCounts]", "Interior nodes to send, rank by rank."),
    degrees: list("uint32", "[interior + ghost]", "Edges that each node receives in the graph."),
    droppedEdges: scalar("int32", "Number of edges dropped for senders beyond the overlap."),
    edges: scalar("utf8", "Rule of the edges: `radius`, `nearest` or `given`."),
    radius: scalar("float64", "Longest edge in units of the positions; 0 for no bound."),
    maxEdges: scalar("int32", "Largest number of edges that a node receives; 0 for given edges."),
    sampledNodes: scalar("int32", "Number of sampled nodes of a mesh; 0 for all."),
    draw: optional(scalar("utf8", "Draw of the edges: `stratified`; empty text for uniform.")),
    dimensions: optional(
      scalar("int32", "Number of space dimensions D, and of positions among the inputs."),
    ),
    input: list("float32", "[interior + ghost, I]", "Inputs in physical units."),
    inputNames: list("utf8", "[I]", "Name of each input value."),
    target: list("float32", "[interior, O]", "Targets in physical units, or empty."),
    targetNames: list("utf8", "[O]", "Name of each target value."),
    units: list("utf8", "[I + O]", "Units of inputs, then targets."),
    counted: list("float32", "[interior]", "Weight of each node in the loss; 0 without a target."),
    valueOffset: optional(list(
      "float64",
      "[I + O]",
      "True value minus value of inputs, then targets; empty where all are 0.",
    )),
  },
);

/**
 * Mean and standard deviation of every input and target over the nodes of all training meshes, as
 * in `Normalisation`.
 */
export const STATISTICS: Schema = documentedSchema(
  "statistics",
  "One row: mean and standard deviation of every input and target.",
  STATISTICS_COLUMNS,
);

/** A trained network with all that prediction and the report need. */
export const MODEL: Schema = documentedSchema(
  "model",
  "One row: a trained network, its normalisation, and the record of its training.",
  {
    config: scalar("utf8", "Options of the network as JSON."),
    parameters: list("float32", "[parameters]", "All parameters, in the order of the model file."),
    ...STATISTICS_COLUMNS,
    inputNames: list("utf8", "[I]", "Name of each input value."),
    targetNames: list("utf8", "[O]", "Name of each target value."),
    units: list("utf8", "[I + O]", "Units of inputs, then targets."),
    training: scalar("utf8", "Settings of the training as JSON, as in the model file."),
    graphRule: scalar("utf8", "Rule of the graphs of the training as JSON."),
    covers: optional(
      scalar("utf8", "Covers by which the pipeline predicts, as JSON; empty if it does not."),
    ),
    certificate: scalar("utf8", "Certificate of step 1 as JSON; empty without one."),
    validation: optional(
      scalar("utf8", "Validations of the training as JSON; empty text without any."),
    ),
    device: scalar("utf8", "Description of the device; empty for a model from a file."),
    losses: list("float64", "[steps]", "Loss of every step."),
    learningRates: list("float64", "[steps]", "Learning rate of every step."),
    firstStep: scalar("int32", "Number of steps in the checkpoint from which the run resumed."),
    droppedEdges: scalar("float64", "Number of edges that all ranks dropped in all steps."),
  },
);

/** Predictions of one rank's interior nodes of one graph, in physical units. */
export const PREDICTION: Schema = documentedSchema(
  "prediction",
  "Predictions of one rank's interior nodes of one graph per row.",
  {
    index: scalar("int32", "Number of the sample in its store."),
    round: scalar("int32", "Number of the cover, from 0."),
    rounds: scalar("int32", "Number of covers."),
    rank: scalar("int32", "Rank that predicted the nodes."),
    nodes: list("uint32", "[nodes]", "Node numbers in the mesh."),
    prediction: list("float32", "[nodes, O]", "Predictions in physical units."),
    targetNames: list("utf8", "[O]", "Name of each predicted value."),
    predictedOffset: optional(list(
      "float64",
      "[O]",
      "True value minus value of each prediction; empty where all are 0.",
    )),
  },
);

/** A complete mesh with the prediction of every node: the mean over the rounds. */
export const FIELD: Schema = documentedSchema(
  "field",
  "One mesh per row, with the prediction of every node: the mean over the rounds.",
  {
    ...SUBDOMAINS_COLUMNS,
    prediction: list("float32", "[N, O]", "Predictions in physical units."),
    predictedNames: list("utf8", "[O]", "Name of each predicted value."),
    predictedOffset: optional(list(
      "float64",
      "[O]",
      "True value minus value of each prediction; empty where all are 0.",
    )),
  },
);

/** Numbers of one rank on a case; loss, gradient, losses and parameters are those of all ranks. */
export const VERIFICATION: Schema = documentedSchema(
  "verification",
  "Numbers of one rank on a case per row; all but the prediction are those of all ranks together.",
  {
    rank: scalar("int32", "Rank that computed the row."),
    nodes: list("uint32", "[interior]", "Node numbers in the case."),
    prediction: list("float32", "[interior, O]", "Predictions of these nodes."),
    loss: scalar("float64", "Loss before the first step."),
    gradient: list("float32", "[parameters]", "Gradient before the first step."),
    losses: list("float64", "[steps]", "Loss before each optimizer step."),
    after: list("float32", "[parameters]", "Parameters after the optimizer steps."),
    ghostCount: scalar("int32", "Number of ghosts of the rank."),
    haloBytes: scalar("float64", "Bytes of halo messages that the rank sent in one step."),
    adapter: scalar("utf8", "Description of the device."),
  },
);

/** Schemas of the batches that built-in stages exchange, by the content of a row. */
export const schemas = {
  mesh: MESH,
  subdomains: SUBDOMAINS,
  graph: GRAPH,
  statistics: STATISTICS,
  model: MODEL,
  prediction: PREDICTION,
  field: FIELD,
} as const;
