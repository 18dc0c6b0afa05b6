// npm run lint: no ten equal lines, one after the other, in two places of src/. Indentation and blank lines do not count, nor do
// lists of imports and exports: they repeat where two files need the same. What is generated is left out.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './environment.mjs';

const most = 9;

/** @returns the lines of a text that are compared, with their numbers */
function comparedLines(text) {
  const lines = text.split('\n').map((line, i) => ({ line: line.trim(), number: i + 1 }));
  let inImport = false;
  return lines.filter(({ line }) => {
    if (/^(import|export) (type )?\{[^}]*$/.test(line) || inImport) {
      inImport = !line.includes('}');
      return false;
    }
    return line !== '' && !/^(import|export) .* from '/.test(line);
  });
}

/**
 * Stretches of more than nine equal lines, each once.
 * @param {Readonly<Record<string, string>>} texts by path
 * @returns {{ lines: number, places: [string, string] }[]} places as `path:line`
 */
export function duplicates(texts) {
  const files = Object.entries(texts).map(([path, text]) => ({ path, lines: comparedLines(text) }));
  const first = new Map();
  const found = [];
  for (const file of files) {
    let end = -1;
    for (let i = 0; i + most < file.lines.length; i++) {
      const key = file.lines
        .slice(i, i + most + 1)
        .map(({ line }) => line)
        .join('\n');
      const other = first.get(key);
      if (!other) {
        first.set(key, { file, i });
        continue;
      }
      if (i <= end || (other.file === file && i - other.i <= most)) continue;
      let lines = most + 1;
      while (
        file.lines[i + lines] !== undefined &&
        file.lines[i + lines].line === other.file.lines[other.i + lines]?.line
      )
        lines++;
      end = i + lines - 1;
      found.push({
        lines,
        places: [other, { file, i }].map(
          ({ file: { path, lines: all }, i: at }) => `${path}:${all[at].number}`,
        ),
      });
    }
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const paths = readdirSync(join(root, 'src'), { recursive: true })
    .map((path) => join('src', path))
    .filter((path) => /\.(ts|svelte|wgsl|css)$/.test(path) && !path.includes('/generated/'));
  const found = duplicates(
    Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])),
  );
  for (const { lines, places } of found)
    console.error(`${lines} equal lines: ${places.join(' and ')}`);
  if (found.length > 0) process.exit(1);
}
