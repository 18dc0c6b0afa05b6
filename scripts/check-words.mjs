// npm run words: rejects the words of scripts/words.mjs in everything that is written in English: comments, strings,
// Svelte markup, documents, and the titles of tests. Prints `file:line: "word": write … instead`.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse as parseSvelte } from 'svelte/compiler';
import ts from 'typescript';
import { exceptions, rules } from './words.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['src', 'scripts', 'assembly', 'test', 'docs', '.github'];
const notOurs = [
  'src/node/api/generated/', // made from the node's own .proto files
  'src/kernels/wasm/build/',
  'test/data/',
  'test/fuzz/corpus/',
  'scripts/words.mjs', // the table itself
];
const isScript = (path) => /\.([mc]?[jt]s)$/.test(path);
const isText = (path) => /\.(md|css|html|wgsl|py|sh|ya?ml)$/.test(path);
const titleFunctions = new Set(['test', 'it', 'describe', 'suite']);

/** A rule's pattern as an expression: complete words only, not in a path or name; a space is any white space. */
export const expressionOf = ({ pattern }) =>
  new RegExp(`(?<![\\w$/-])(?:${pattern.replaceAll(' ', '\\s+')})(?![\\w-]|\\.\\w)`, 'gi');

const compiled = rules.map((rule) => ({ ...rule, expression: expressionOf(rule) }));

/** The text with everything outside `ranges` replaced by U+0000; line ends and lengths stay. */
function only(source, ranges) {
  let masked = '';
  let at = 0;
  const blank = (end) => source.slice(at, Math.max(at, end)).replace(/[^\n]/g, '\0');
  for (const [start, end] of ranges.sort(([a], [b]) => a - b)) {
    if (start < at) continue;
    masked += blank(start) + source.slice(start, end);
    at = end;
  }
  return masked + blank(source.length);
}

/** `//`, `/*`, ` *` and `<!--` as spaces, so that a phrase continues on the next line. */
const withoutMarks = (comment) =>
  comment.replace(/^(\s*)(\/\/+|\/\*+|\*+\/?)/gm, (marks) => marks.replace(/[^\s]/g, ' '));

const isModuleName = ({ parent }) =>
  ts.isImportDeclaration(parent) ||
  ts.isExportDeclaration(parent) ||
  ts.isExternalModuleReference(parent);

/** The callee's first name: `test` for `test.each(rows)(…)`. */
function calleeName(node) {
  let callee = node;
  while (!ts.isIdentifier(callee)) {
    if (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee))
      callee = callee.expression;
    else if (ts.isTaggedTemplateExpression(callee)) callee = callee.tag;
    else return undefined;
  }
  return callee.text;
}

const isTitle = (node) => {
  let outer = node;
  while (ts.isTemplateSpan(outer.parent) || ts.isTemplateExpression(outer.parent))
    outer = outer.parent;
  const call = outer.parent;
  return (
    ts.isCallExpression(call) &&
    call.arguments[0] === outer &&
    titleFunctions.has(calleeName(call.expression))
  );
};

/** Ranges of a TypeScript text's strings and comments; with `titlesOnly`, of the titles of its tests. */
function scriptRanges(path, source, titlesOnly) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const ranges = [];
  const visit = (node) => {
    // A comment before the end of the file is a child of that token.
    const children = node.getChildren(file).filter((child) => !ts.isJSDoc(child));
    if (children.length === 0) {
      const start = node.getStart(file, false);
      if (!titlesOnly && start > node.pos) ranges.push([node.pos, start]);
      const isString =
        ts.isStringLiteralLike(node) ||
        ts.isTemplateHead(node) ||
        ts.isTemplateMiddleOrTemplateTail(node) ||
        ts.isRegularExpressionLiteral(node);
      if (isString && !isModuleName(node) && (!titlesOnly || isTitle(node)))
        ranges.push([start, node.end]);
    }
    for (const child of children) visit(child);
  };
  visit(file);
  return ranges;
}

/** Ranges of a Svelte file's markup, strings and comments. */
function svelteRanges(path, source) {
  const { fragment, instance, module, css } = parseSvelte(source, { modern: true });
  const ranges = [];
  for (const block of [instance, module]) {
    if (!block) continue;
    const { start } = block.content;
    const code = source.slice(start, block.content.end);
    for (const [from, to] of scriptRanges(`${path}.ts`, code, false))
      ranges.push([start + from, start + to]);
  }
  if (css) ranges.push([css.content.start, css.content.end]);
  const visit = (node) => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (node === null || typeof node !== 'object') return;
    const isProse =
      node.type === 'Text' ||
      node.type === 'Comment' ||
      node.type === 'TemplateElement' ||
      (node.type === 'Literal' && typeof node.value === 'string');
    if (isProse) ranges.push([node.start, node.end]);
    else for (const [key, value] of Object.entries(node)) if (key !== 'metadata') visit(value);
  };
  visit(fragment);
  return ranges;
}

const commentRanges = (source) =>
  [...source.matchAll(/\/\*[^]*?\*\/|\/\/.*/g)].map(({ index, 0: comment }) => [
    index,
    index + comment.length,
  ]);

/** What of a file is English, at its place; the rest is U+0000. */
export function proseOf(path, source) {
  if (path.endsWith('.svelte')) return withoutMarks(only(source, svelteRanges(path, source)));
  if (isScript(path))
    return withoutMarks(only(source, scriptRanges(path, source, path.startsWith('test/'))));
  if (/\.(css|wgsl)$/.test(path)) return withoutMarks(only(source, commentRanges(source)));
  return withoutMarks(source);
}

/** The rejected words of a text: line, word and what to write instead. */
export function findWords(path, source) {
  // Most files have none of the words anywhere: no need to parse those.
  const raw = withoutMarks(source);
  const suspects = compiled.filter(({ expression }) => raw.search(expression) >= 0);
  if (suspects.length === 0) return [];
  const prose = proseOf(path, source);
  const matches = [];
  for (const { expression, instead } of suspects)
    for (const match of prose.matchAll(expression)) {
      const line = source.slice(0, match.index).split('\n').length;
      matches.push({ path, line, word: match[0].replace(/\s+/g, ' '), instead });
    }
  return matches.sort((a, b) => a.line - b.line);
}

const listFiles = () =>
  [
    ...readdirSync(root).filter((name) => name.endsWith('.md')),
    ...folders
      .filter((folder) => existsSync(join(root, folder)))
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`),
      ),
  ]
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !notOurs.some((start) => path.startsWith(start)))
    .filter(
      (path) =>
        path.endsWith('.svelte') || isScript(path) || (isText(path) && !path.startsWith('test/')),
    )
    .sort();

const isCovered = (exception, path, line) =>
  (exception.path === path || (exception.path.endsWith('/') && path.startsWith(exception.path))) &&
  line.toLowerCase().includes(exception.text);

function main() {
  const unused = new Set(exceptions);
  let count = 0;
  for (const path of listFiles()) {
    const source = readFileSync(join(root, path), 'utf8');
    const lines = source.split('\n');
    for (const { line, word, instead } of findWords(path, source)) {
      const exception = exceptions.find((entry) => isCovered(entry, path, lines[line - 1]));
      if (exception) unused.delete(exception);
      else {
        count++;
        console.error(`${path}:${line}: "${word}": write ${instead} instead`);
      }
    }
  }
  for (const { path, text } of unused) {
    count++;
    console.error(
      `${path}: the exception for "${text}" in scripts/words.mjs is not needed. Remove it.`,
    );
  }
  if (count > 0) {
    console.error(`\n${count} words to replace. The table is in scripts/words.mjs.`);
    process.exitCode = 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
