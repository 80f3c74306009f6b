/**
 * The option that bounds the memory for meshes that a stage reads again.
 *
 * @module
 */

import { z } from "zod";

/** Default memory for meshes, in MiB: about a hundred meshes of 180,000 nodes. */
export const KEPT_MESH_MIB = 1024;

/** The option that bounds the memory for meshes. */
export const keptMeshMiB = z.number().min(0).default(KEPT_MESH_MIB).meta({
  description: "Memory for meshes that are read again; further meshes are spilled to a temporary " +
    "file in the directory of the run.",
  unit: "MiB",
});
