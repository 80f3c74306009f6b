/**
 * The option by which stages bound the meshes that they read again.
 *
 * @module
 */

import { z } from "zod";

/** Memory for meshes unless told, in MiB: some hundred of 180,000 nodes. */
export const KEPT_MESH_MIB = 1024;

/**
 * Most memory for meshes that a stage reads again, in MiB; the others wait in a temporary file in
 * the run's directory.
 */
export const keptMeshMiB = z.number().min(0).default(KEPT_MESH_MIB);
