// npm run docs: writes docs/error-codes.md, the index of the error codes that the sources throw. test/unit/docs checks that it is
// up to date. A code is the first argument of `new WorkbenchError(…)`: a text, or a parameter or constant that gets texts only.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { root } from './environment.mjs';

/** @typedef {{ code: string, message: string, file: string }} Thrown */

const isText = (node) => ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node);

/** The text of a message, with … for what is filled in; undefined where it is not written at the place of the error. */
function messageOf(node) {
  if (node === undefined) return undefined;
  if (isText(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [messageOf(node.left), messageOf(node.right)];
    return left === undefined || right === undefined ? undefined : left + right;
  }
  return undefined;
}

const looksLikeCode = (text) => /^[a-z0-9]+(-[a-z0-9]+)+$/.test(text);

/** The texts that an expression can be, followed through constants, conditions and the parameters of functions of this file. */
function textsOf(node, source, seen = new Set()) {
  if (isText(node)) return [node.text];
  if (ts.isConditionalExpression(node))
    return [node.whenTrue, node.whenFalse].flatMap((part) => textsOf(part, source, seen));
  if (!ts.isIdentifier(node) || seen.has(node.text)) return [];
  seen.add(node.text);
  const found = [];
  const visit = (child) => {
    if (ts.isVariableDeclaration(child) && child.initializer && child.name.getText() === node.text)
      found.push(...textsOf(child.initializer, source, seen));
    const parameters = ts.isFunctionLike(child) ? child.parameters : undefined;
    const position = parameters?.findIndex(({ name }) => name.getText() === node.text) ?? -1;
    const name = position < 0 ? undefined : (child.name ?? child.parent.name)?.getText();
    if (name !== undefined) found.push(...argumentsOf(name, position, source, seen));
    ts.forEachChild(child, visit);
  };
  visit(source);
  return found;
}

/** What the calls of a function of this file give at one position. */
function argumentsOf(name, position, source, seen) {
  const found = [];
  const visit = (child) => {
    if (ts.isCallExpression(child) && child.expression.getText() === name) {
      const argument = child.arguments[position];
      if (argument) found.push(...textsOf(argument, source, seen));
    }
    ts.forEachChild(child, visit);
  };
  visit(source);
  return found;
}

/** @returns {Thrown[]} */
function thrownBy(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const thrown = [];
  const visit = (node) => {
    const isError = ts.isNewExpression(node) && node.expression.getText() === 'WorkbenchError';
    const isBase =
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.SuperKeyword &&
      /extends \w*Error\b/.test(text);
    const [code, message] = isError || isBase ? (node.arguments ?? []) : [];
    if (code)
      for (const name of textsOf(code, source))
        if (looksLikeCode(name))
          thrown.push({ code: name, message: messageOf(message) ?? '', file });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return thrown;
}

/** The script of a component, or the complete text of a module. */
const scriptOf = (file, text) =>
  file.endsWith('.svelte')
    ? [...text.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, script]) => script).join('\n')
    : text;

/** @returns {Thrown[]} of all sources, by code and file */
function errorCodes() {
  const files = readdirSync(join(root, 'src'), { recursive: true })
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((file) => /\.(ts|svelte)$/.test(file) && !file.includes('/generated/'))
    .sort();
  return files
    .flatMap((file) => thrownBy(file, scriptOf(file, readFileSync(join(root, file), 'utf8'))))
    .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));
}

const escaped = (text) => text.replace(/[\\`*_<>[\]]/g, '\\$&').replaceAll('\n', ' ');

/** The text of docs/error-codes.md. */
export function errorCodesText() {
  const byCode = new Map();
  for (const thrown of errorCodes())
    byCode.set(thrown.code, [...(byCode.get(thrown.code) ?? []), thrown]);
  const entries = [...byCode].map(([code, all]) => {
    const files = [...new Set(all.map(({ file }) => `\`${file}\``))].join(', ');
    const message = all.find((thrown) => thrown.message !== '')?.message ?? '';
    return `- \`${code}\` (${files})${message === '' ? '' : `: ${escaped(message)}`}`;
  });
  return `# Error codes

Made from the sources by \`npm run docs\`; a test checks that it is up to date. Every error that the workbench throws on purpose is a
\`WorkbenchError\` (\`src/base/error.ts\`) with one of these codes, a message and details. Codes are stable: scripts may depend on
them, never on the message. Each entry has the code, where it is thrown, and its message (the first, where there are several; … is
what is filled in). An aborted call rejects with an \`AbortError\`, which has no code of these.

${entries.join('\n')}
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(join(root, 'docs/error-codes.md'), errorCodesText());
