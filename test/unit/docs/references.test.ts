/** What the documents name exists: paths, links between documents, npm scripts, and the symbols that stand before a path. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorCodesText } from '../../../scripts/error-codes.mjs';

const root = join(import.meta.dirname, '../../..');
const markdownOf = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const documents = [...markdownOf('.'), ...markdownOf('docs')];
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(textOf('package.json')) as {
  scripts: Readonly<Record<string, string>>;
};

/** `npm` itself knows these. */
const commandsOfNpm = ['ci', 'install'];

/** Paths of the checkout in code spans. Build outputs and files of other repositories are not among them. */
const paths = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test|scripts|docs|assembly|public|\.github)\/[^`\s]*)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => !/[<>*{…]/.test(path));

/** `name` (`path`), and `name` in `path`. */
const symbols = (text: string): { name: string; path: string }[] =>
  [
    ...text.matchAll(
      /`([\w.]+)`(?: of `\w+`)?\s+(?:in |\()`((?:src|test|scripts)\/[^`\s]*\.(?:ts|mjs|svelte))`/g,
    ),
  ].map(([, name = '', path = '']) => ({ name, path }));

const declares = (source: string, name: string): boolean =>
  new RegExp(
    `(?:\\b(?:function\\*?|class|const|let|interface|type)\\s+${name}\\b|^\\s+(?:readonly |async |static |get )*#?${name}\\??\\s*[(:=<])`,
    'm',
  ).test(source);

describe.each(documents)('%s', (document) => {
  const text = textOf(document);

  test('documents: paths in code spans, they exist', () => {
    expect(paths(text).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('documents: names before a path, the file declares them', () => {
    const missing = symbols(text).filter(
      ({ name, path }) =>
        !statSync(join(root, path), { throwIfNoEntry: false })?.isFile() ||
        !declares(textOf(path), name),
    );
    expect(missing).toEqual([]);
  });

  test('documents: links to files of the repository, they exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([]);
  });

  test('documents: npm scripts, package.json has them', () => {
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    const known = [...Object.keys(scripts), ...commandsOfNpm];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

test('architecture: the four walks, each names the functions on its way', () => {
  const text = textOf('docs/architecture.md');
  const walks = text.slice(text.indexOf('\n## Walks')).split('\n### ').slice(1);
  expect(walks.map((walk) => walk.split('\n')[0])).toEqual([
    'Where is a WAL frame checked?',
    'Where is an index of a proof verified?',
    'Where does the probability of a plan come from?',
    'How does a page get its data?',
  ]);
  for (const walk of walks) expect(symbols(walk).length).toBeGreaterThanOrEqual(3);
});

test('error codes: docs/error-codes.md, up to date (npm run docs)', () => {
  const text = errorCodesText();
  expect(textOf('docs/error-codes.md')).toBe(text);
  // Those that pass through a function or a constant are found too.
  for (const code of ['file-changed', 'database-damaged', 'worker-died', 'input-not-valid'])
    expect(text).toContain(`- \`${code}\``);
});
