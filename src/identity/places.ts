/** Where files were found: machines and paths. Paths may have the separators of Windows. */

/** A file and its machine, as they are shown. */
export interface Source {
  readonly place: string;
  readonly path: string;
}

export const bare = ({ place, path }: Source): Source => ({ place, path });

const separators = /[/\\]/;

export const fileNameOf = (path: string): string => path.split(separators).at(-1) ?? '';

/** With slashes; '' for a file without its folder. */
export const folderNameOf = (path: string): string => path.split(separators).slice(0, -1).join('/');
