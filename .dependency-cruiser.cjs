/** The house: imports go downward only (CONTRIBUTING.md). */
const room = (name) => `^src/${name}/`;
const rooms = (...names) => `^src/(${names.join('|')})/`;

/** A folder may import only itself, base, the folders named, and packages. */
const mayImport = (name, allowed, comment) => ({
  name: `${name}-imports`,
  comment,
  severity: 'error',
  from: { path: room(name), pathNot: '/worker\\.ts$' },
  to: {
    path: '^src/',
    pathNot: rooms(name, 'base', ...allowed),
    dependencyTypesNot: ['type-only'],
  },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'a recursive Svelte component imports itself, which is how Svelte 5 has it',
      severity: 'error',
      from: { pathNot: '\\.svelte$' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    mayImport('base', [], 'no domain, importable by all'),
    mayImport('protocol', [], 'what Spacemesh says depends on nothing of ours'),
    mayImport('simulate', ['protocol'], 'models are pure'),
    mayImport('runbooks', ['protocol'], 'text for a terminal is built, never executed'),
    mayImport('kernels', ['protocol'], 'a kernel computes; who calls it is not its business'),
    mayImport('workers', ['protocol', 'kernels'], 'rpc and the pool know no job'),
    mayImport('storage', ['protocol'], 'remembers values, knows no job'),
    mayImport('identity', ['protocol', 'workers'], ''),
    mayImport('post', ['protocol', 'kernels', 'workers'], ''),
    mayImport('state', ['protocol', 'workers'], ''),
    mayImport('node', ['protocol', 'workers'], ''),
    mayImport(
      'audit',
      ['protocol', 'workers', 'post', 'state'],
      'verifies the proofs of a database',
    ),
    mayImport('server', ['protocol'], 'the local server knows no page'),
    mayImport('ui', [], 'components know nothing of Spacemesh'),
    {
      name: 'server-in-node-only',
      comment: 'the service worker sends the same headers; the rest of the server needs Node',
      severity: 'error',
      from: { path: '^src/', pathNot: room('server') },
      to: { path: room('server'), pathNot: '^src/server/headers\\.ts$' },
    },
    {
      name: 'pages-below-app',
      severity: 'error',
      from: { path: room('pages') },
      to: { path: room('app'), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'worker-no-pages',
      comment: 'a worker is a root of its own, without a document',
      severity: 'error',
      from: { path: '[./]worker\\.ts$' },
      to: { path: rooms('ui', 'pages', 'app', 'storage') },
    },
    {
      name: 'comlink-in-workers-only',
      severity: 'error',
      from: { path: '^src/', pathNot: room('workers') },
      to: { path: 'node_modules/comlink' },
    },
    {
      name: 'pure-rooms-packages',
      comment: 'only hashes and encodings',
      severity: 'error',
      from: { path: rooms('protocol', 'simulate', 'runbooks') },
      to: { path: 'node_modules/', pathNot: 'node_modules/@(noble|scure)/' },
    },
    {
      name: 'source-without-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    exclude: { path: '\\.wasm|\\?url' },
  },
};
