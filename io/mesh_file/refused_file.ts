/**
 * Names the kind of a file that is not read, and the way to a file that is.
 *
 * @module
 */

import { join } from "node:path";
import { DataError } from "../../errors.ts";
import type { ForeignFile } from "./file_signatures.ts";
import { FOREIGN_FILES } from "./foreign_files.ts";
import type { FileStart } from "./mesh_format.ts";
import { STAND_INS } from "./stand_in_files.ts";

/** Control characters that texts contain: tab, line ends, form feed, escape. */
const TEXT_CONTROLS = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b];

/** A file or folder that is not read. */
export interface Refusal {
  /** Completes "it is", such as `a Git LFS pointer, not the file itself`. */
  readonly name: string;
  /** The way to a file that is read. */
  readonly remedy: string;
  /** Whether it stands for a file that is read, so that it must not be passed over in a folder. */
  readonly isStandIn: boolean;
}

/** The stand-in that a file is, which no format must take for the file itself. */
export function findStandIn(start: FileStart): Refusal | undefined {
  return find(STAND_INS, start, true);
}

/** The kind of a file that is not read, if its first bytes identify it. */
export function knownRefusal(start: FileStart): Refusal | undefined {
  return findStandIn(start) ?? find(FOREIGN_FILES, start, false);
}

/** The error of a file that is not read. */
export function refusedFile(path: string, { name, remedy }: Refusal): DataError {
  return new DataError(`Cannot read "${path}": it is ${name}; ${remedy}`);
}

/** The kind of a file that no format matches. */
export function refusalOf(start: FileStart): Refusal {
  const known = find(FOREIGN_FILES, start, false);
  if (known) return known;
  if (start.isFolder) {
    return {
      name: "a folder without files that are read",
      remedy: `name its files, such as "${join(start.path, "*.vtu")}"`,
      isStandIn: false,
    };
  }
  const isText = !start.bytes.some((byte) => byte < 0x20 && !TEXT_CONTROLS.includes(byte));
  return {
    name: isText ? "a text of an unknown format" : "a binary file of an unknown format",
    remedy: "save it as .vtu by the program that wrote it or by meshio or ParaView, or as a .csv " +
      "table with a row per point; see docs/your_own_data.md",
    isStandIn: false,
  };
}

function find(
  table: readonly ForeignFile[],
  start: FileStart,
  isStandIn: boolean,
): Refusal | undefined {
  const found = table.find(({ matches }) => matches(start));
  return found && { name: found.name, remedy: found.remedy(start.path), isStandIn };
}
