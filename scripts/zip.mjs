// A folder as one zip whose bytes depend on nothing but the files: sorted names, one time for all, and a
// compressor in plain JavaScript (zlib differs between processors and versions of Node).
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { zipSync } from 'fflate';

/** Unix, so that these permissions count: readable by all, writable by the owner. */
const unix = 3;
const attrs = (0o100644 << 16) >>> 0;

/** Paths of all files below a folder, with forward slashes, sorted by their UTF-16 code units. */
export const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();

/** Every file below `folder`, each under `prefix` in the zip. */
export function zipFolder(folder, prefix) {
  // The earliest time that a zip can hold; in local time, because that is how zips keep it.
  const mtime = new Date(1980, 0, 1);
  const entries = filesBelow(folder).map((path) => [
    `${prefix}/${path}`,
    [new Uint8Array(readFileSync(join(folder, path))), { level: 9, mtime, os: unix, attrs }],
  ]);
  return zipSync(Object.fromEntries(entries));
}
