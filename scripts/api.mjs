// The scripting interface as files of the build: workbench.d.ts, made from the types of src/app/workbench.ts, and
// workbench-api.json, the reference that the page Scripting shows. Both are kept in .cache by the content of the sources.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateDtsBundle } from 'dts-bundle-generator';
import ts from 'typescript';

/** The program of TypeScript takes about 18 s of processor time. */
function bundledTypes(root) {
  const [text = ''] = generateDtsBundle(
    [
      {
        filePath: join(root, 'src/app/workbench.ts'),
        output: { exportReferencedTypes: false, noBanner: true },
      },
    ],
    { preferredConfigPath: join(root, 'src/tsconfig.api.json') },
  );
  return text.replaceAll('\t', '  ');
}

function sourceHash(root) {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true })
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((file) => /\.(ts|json)$/.test(file))
    .sort();
  for (const file of [...files, 'package.json', 'package-lock.json', 'scripts/api.mjs'])
    hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

const commentOf = (node) => {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return ts.getTextOfJSDocComment(doc?.comment)?.replace(/\s+/g, ' ').trim() ?? '';
};

/**
 * What the page shows: the groups of `workbench` with their calls, and the types that they name.
 * @param {string} declarations the text of workbench.d.ts
 */
export function referenceOf(declarations) {
  const source = ts.createSourceFile('workbench.d.ts', declarations, ts.ScriptTarget.Latest, true);
  /** @type {Map<string, ts.Node>} */
  const declared = new Map();
  let root;
  for (const statement of source.statements)
    if (ts.isVariableStatement(statement)) {
      for (const { name, type } of statement.declarationList.declarations)
        if (name.getText() === 'workbench' && type && ts.isTypeLiteralNode(type)) root = type;
    } else if (statement.name) declared.set(statement.name.getText(), statement);
  if (!root) throw new Error('the declarations have no constant workbench');

  const namesIn = (node) => {
    const names = new Set();
    const visit = (child) => {
      if (ts.isTypeReferenceNode(child) && declared.has(child.typeName.getText()))
        names.add(child.typeName.getText());
      ts.forEachChild(child, visit);
    };
    visit(node);
    return [...names];
  };
  const callOf = (path, member) => {
    const { type } = member;
    const isQuery = ts.isTypeQueryNode(type);
    const target = isQuery ? declared.get(type.exprName.getText()) : undefined;
    const shown = target ?? type;
    const signature =
      target && ts.isFunctionDeclaration(target)
        ? `(${target.parameters.map((parameter) => parameter.getText()).join(', ')}) => ${target.type?.getText() ?? 'void'}`
        : type.getText();
    return {
      path,
      signature,
      text: commentOf(member) || (target ? commentOf(target) : ''),
      types: namesIn(shown),
    };
  };
  const calls = [];
  for (const member of root.members) {
    const name = member.name.getText();
    if (ts.isTypeLiteralNode(member.type))
      for (const call of member.type.members)
        calls.push(callOf(`workbench.${name}.${call.name.getText()}`, call));
    else calls.push(callOf(`workbench.${name}`, member));
  }
  const types = Object.fromEntries(
    [...declared]
      .filter(([, node]) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
      .map(([name, node]) => [
        name,
        { text: node.getText(), types: namesIn(node).filter((n) => n !== name) },
      ]),
  );
  return { calls, types };
}

/** @returns {{ declarations: string, reference: string }} the texts of both files */
export function scriptingApi(root) {
  const folder = join(root, '.cache/api');
  const file = join(folder, `${sourceHash(root)}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const bundle = bundledTypes(root).replace(/\nexport \{\};\s*$/, '\n');
  const declarations = `// The types of window.workbench, the scripting interface of PoST Workbench. Made from its sources.
${bundle}
declare global {
  interface Window {
    readonly workbench: Workbench;
  }
}
`;
  const made = { declarations, reference: JSON.stringify(referenceOf(declarations)) };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, JSON.stringify(made));
  return made;
}
