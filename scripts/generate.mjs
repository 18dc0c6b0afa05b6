// npm run generate [-- folder]: makes src/node/api/generated from the API definitions of spacemeshos/api.
// `folder` is a checkout of that repository at the tag below; without it the tag is cloned into .cache. The compiler (buf) and the
// generator (protoc-gen-es) come from the npm registry by exact version. They are not packages of this repository: the output is
// committed, so that a build needs neither.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { root, run } from './environment.mjs';

const repository = 'https://github.com/spacemeshos/api.git';
const tag = 'v1.63.0';
const buf = '@bufbuild/buf@1.75.0';
const target = join(root, 'src/node/api/generated');
/** The generator has the version of the library that runs its output. */
const { version } = JSON.parse(
  readFileSync(join(root, 'node_modules/@bufbuild/protobuf/package.json'), 'utf8'),
);
const generator = `@bufbuild/protoc-gen-es@${version}`;

/** What src/node/api/grpc.ts and src/server use, with what those import. */
const files = [
  'v1/admin',
  'v1/admin_types',
  'v1/node',
  'v1/node_types',
  'v1/post',
  'v1/post_types',
  'v1/smesher',
  'v1/smesher_types',
  'v1/types',
  'v2alpha1/network',
  'v2alpha1/reward',
  'v2alpha1/v2alpha1',
].map((name) => `spacemesh/${name}.proto`);

/** The part of googleapis that the API uses. */
const status = `syntax = "proto3";
package google.rpc;
import "google/protobuf/any.proto";
message Status {
  int32 code = 1;
  string message = 2;
  repeated google.protobuf.Any details = 3;
}
`;

/** Leaves out what only the JSON gateway uses (`option (…) = …;` and the imports for it). */
function withoutGateway(text) {
  let rest = text.replace(/^import "(?:google\/api|protoc-gen-openapiv2)\/[^"]+";\n/gm, '');
  let kept = '';
  for (let start; (start = /^[ \t]*option \(/m.exec(rest));) {
    kept += rest.slice(0, start.index);
    rest = rest.slice(statementEnd(rest, start.index)).replace(/^[ \t]*\n/, '');
  }
  return kept + rest;
}

/** The position after the semicolon that ends a statement: outside of braces and strings. */
function statementEnd(text, from) {
  let depth = 0;
  for (const { 0: token, index } of text.slice(from).matchAll(/"(?:[^"\\]|\\.)*"|[{};]/g)) {
    if (token === '{') depth++;
    else if (token === '}') depth--;
    else if (token === ';' && depth === 0) return from + index + 1;
  }
  throw new Error(`no end of the statement at ${from}`);
}

function checkout() {
  const [named] = process.argv.slice(2);
  if (named !== undefined) return resolve(named);
  const folder = join(root, '.cache/spacemesh-api', tag);
  if (!existsSync(folder))
    run('git', ['clone', '--quiet', '--depth', '1', '--branch', tag, repository, folder]);
  return folder;
}

const api = checkout();
const scratch = mkdtempSync(join(tmpdir(), 'generate-'));
try {
  for (const file of files) {
    const copy = join(scratch, file);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, withoutGateway(readFileSync(join(api, file), 'utf8')));
  }
  mkdirSync(join(scratch, 'google/rpc'), { recursive: true });
  writeFileSync(join(scratch, 'google/rpc/status.proto'), status);
  writeFileSync(join(scratch, 'buf.yaml'), 'version: v2\n');
  writeFileSync(
    join(scratch, 'buf.gen.yaml'),
    'version: v2\nplugins:\n  - local: protoc-gen-es\n    out: out\n    opt: [target=js+dts, import_extension=none]\n',
  );
  run('npx', ['--yes', '--package', buf, '--package', generator, 'buf', 'generate'], {
    cwd: scratch,
  });
  for (const folder of readdirSync(join(scratch, 'out')))
    rmSync(join(target, folder), { recursive: true, force: true });
  cpSync(join(scratch, 'out'), target, { recursive: true });
  cpSync(join(api, 'LICENSE'), join(target, 'LICENSE'));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
