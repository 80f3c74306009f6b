/**
 * Starts the viewer for a command, and prints its address.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { messageOf } from "../../errors.ts";
import {
  FIRST_PORT,
  PORT_COUNT,
  startViewer,
  type Viewer,
  VIEWER_HOST,
  type ViewerOptions,
} from "../../pipeline/monitoring/view_server.ts";
import { commandText, shellWord } from "../command/command_text.ts";
import { projectPath } from "../command/paths.ts";
import type { RunFlags } from "../options/run_flags.ts";

/** Folder of the results of all commands. */
export const RUNS_FOLDER = "out";

/**
 * Starts a viewer of the runs below a folder.
 *
 * @param port First port that is tried. @default 8420
 * @throws {DataError} If no port is free.
 */
export function openViewer(folder: string, port: number = FIRST_PORT): Viewer {
  const viewer = startViewer({ folder, port, predictCommand });
  if (port !== 0 && viewer.port !== port) {
    console.log(`port ${port} is in use: the viewer has port ${viewer.port}`);
  }
  return viewer;
}

/**
 * Starts the viewer of a run, if it has the flag `--view`; one that cannot start is a warning. Then
 * gives up the permission to use the network, so that no pipeline can grant it to a stage.
 */
export function viewRun(
  { view, plan, eject, out }: Pick<RunFlags, "view" | "plan" | "eject" | "out">,
): Viewer | undefined {
  try {
    if (!view || plan || eject !== undefined) return undefined;
    const folder = out === undefined ? projectPath(RUNS_FOLDER) : dirname(resolve(out));
    const viewer = openViewer(folder);
    console.log(`Runs in ${folder}: open ${viewer.url}`);
    return viewer;
  } catch (error) {
    console.error(`warning: ${messageOf(error)}; the run starts without it`);
    return undefined;
  } finally {
    dropViewerPorts();
  }
}

/** Revokes the ports of the viewer, unless the user has granted more of the network. */
function dropViewerPorts(): void {
  const broader = { name: "net", host: VIEWER_HOST } as const;
  if (Deno.permissions.querySync(broader).state === "granted") return;
  for (let port = FIRST_PORT; port < FIRST_PORT + PORT_COUNT; port++) {
    Deno.permissions.revokeSync({ name: "net", host: `${VIEWER_HOST}:${port}` });
  }
}

/** The command that predicts the store of a run with its model. */
function predictCommand(
  { directory, options }: Parameters<ViewerOptions["predictCommand"]>[0],
): string {
  const [store = "STORE"] = Object.entries(options).flatMap(([name, value]) =>
    name.endsWith(".store") && typeof value === "string" ? [value] : []
  );
  const out = shellWord(projectPath("predicted.zarr"));
  return `${commandText("predict", [directory, store], {})} --out ${out}`;
}
