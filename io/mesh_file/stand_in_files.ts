/**
 * Files that could be mistaken for one of the formats that are read: stand-ins for the file itself,
 * and special forms of containers. They are matched before the formats.
 *
 * @module
 */

import { basename } from "node:path";
import {
  both,
  convert,
  either,
  extension,
  type ForeignFile,
  isHdf5,
  isNetcdf,
  magic,
  paraview,
  pyvista,
  stem,
  text,
  zipWith,
} from "./file_signatures.ts";

const EXODUS_EXTENSIONS = [".e", ".exo", ".ex2", ".exodus", ".gen", ".g"];

/** In the order in which they are matched. */
export const STAND_INS: readonly ForeignFile[] = [
  {
    name: "an empty file",
    // ParaView opens a case of OpenFOAM by an empty file in it.
    matches: ({ isFolder, bytes, extension }) =>
      !isFolder && bytes.length === 0 && extension !== ".foam" && extension !== ".openfoam",
    remedy: () => "write, copy or download it again",
  },
  {
    name: "a Git LFS pointer, not the file itself",
    matches: text(/^version https?:\/\/(git-lfs\.github\.com|hawser\.github\.com|git-media\.io)\//),
    remedy: (path) => `fetch the file: git lfs pull --include "${basename(path)}"`,
  },
  {
    name: "a git-annex pointer, not the file itself",
    matches: text(/^(\.\.\/)*(\.git)?\/?annex\/objects\//),
    remedy: (path) => `fetch the file: git annex get "${path}"`,
  },
  {
    name: "a DVC pointer, not the file itself",
    matches: both(extension(".dvc"), text(/^(outs|deps|wdir|md5|frozen):/m)),
    remedy: (path) => `fetch the file: dvc pull "${path}", and name "${stem(path)}"`,
  },
  {
    name: "a web page (HTML), perhaps the error page of a download",
    matches: text(/^\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)?<(!doctype\s+html|html|head|body)\b/i),
    remedy: () => "download the file itself",
  },
  {
    name: "an error message of a server (XML), not the file itself",
    matches: text(/^\s*(<\?xml[^>]*>\s*)?<Error>\s*<Code>/),
    remedy: () => "download the file again",
  },
  {
    name: "a CGNS file",
    matches: either(
      text(/^@\(#\)ADF Database/),
      both(isHdf5, either(extension(".cgns"), text(/CGNSLibraryVersion/))),
    ),
    remedy: paraview,
  },
  {
    name: "an Exodus file",
    matches: both(
      either(isHdf5, isNetcdf),
      either(extension(...EXODUS_EXTENSIONS), text(/len_string|num_nod_per_el/)),
    ),
    remedy: pyvista,
  },
  {
    name: "a VTKHDF file",
    matches: both(isHdf5, either(extension(".vtkhdf"), text(/VTKHDF/))),
    remedy: pyvista,
  },
  {
    name: "a MED file of Salome",
    matches: both(isHdf5, either(extension(".med", ".rmed"), text(/INFOS_GENERALES/))),
    remedy: convert,
  },
  {
    name: "a Tecplot file",
    matches: either(
      text(/^#!(TDV|SZPLT)/),
      text(/^\s*(#.*\n\s*)*(TITLE|VARIABLES)\s*=\s*["']/i),
      both(extension(".dat", ".plt", ".tec", ".tp"), text(/^\s*ZONE\b.*\b(T|I|N|NODES)\s*=/im)),
    ),
    remedy: paraview,
  },
  {
    name: "an Excel workbook",
    matches: either(
      zipWith(/xl\/|\[Content_Types\]\.xml/),
      both(magic(0xd0, 0xcf, 0x11, 0xe0), extension(".xls", ".xlsx")),
    ),
    remedy: (path) => `save its sheet as "${stem(path)}.csv"`,
  },
  {
    name: "a PyTorch file, which can run code when it is opened",
    matches: either(
      zipWith(/\/data\.pkl|archive\/|\.data\/serialization_id/),
      extension(".pt", ".pth"),
    ),
    remedy: () => "in Python, load it and save its arrays: numpy.savez(FILE, name=tensor.numpy())",
  },
  {
    name: "a Python pickle, which can run code when it is opened",
    matches: ({ bytes, extension }) =>
      (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5) ||
      [".pkl", ".pickle"].includes(extension),
    remedy: () => "in Python, load it and save its arrays: numpy.savez(FILE, name=array)",
  },
];
