/** Hosts of the Spacemesh project: some are gone or in other hands, so the app must not name them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const projectHost =
  /\b(?:[\w-]+\.)*spacemesh\.(?:io|network|dev|org|com|team|cloud)\b|\b(?:[\w-]+\.)*github(?:usercontent)?\.com\/spacemesh\w*|\b(?:[\w-]+\.)*spacemeshos\.(?:io|com|github\.io)\b|hub\.docker\.com\/\w+\/spacemesh\w*/gi;

/** The hosts in a text. */
export const projectHostsIn = (text: string): readonly string[] => text.match(projectHost) ?? [];

/** `path: host` for each host that a file below the folder names. */
export function projectHostsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      return projectHostsIn(readFileSync(path, 'latin1')).map((host) => `${path}: ${host}`);
    });
}
