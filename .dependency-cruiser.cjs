/** The architecture: imports go downward only, those of types included (CONTRIBUTING.md). */
const inside = (...names) => `^src/(${names.join('|')})/`;

/** A module may import only itself, base, the modules named, and packages. */
const mayImport = (name, allowed, comment) => ({
  name: `${name}-imports`,
  comment,
  severity: 'error',
  from: { path: inside(name) },
  to: { path: '^src/', pathNot: inside(name, 'base', ...allowed) },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'types included; only a recursive Svelte component imports itself',
      severity: 'error',
      from: { path: '^(src/.+)$' },
      to: { circular: true, pathNot: '^$1$' },
    },
    mayImport('base', [], 'no domain, importable by all'),
    mayImport('protocol', [], 'what Spacemesh defines depends on nothing of ours'),
    mayImport('simulate', ['protocol'], 'models are pure'),
    mayImport('runbooks', ['protocol'], 'text for a terminal is built, never executed'),
    mayImport('kernels', ['protocol'], 'a kernel computes, whoever calls it'),
    mayImport('storage', ['protocol'], 'remembers values, knows no job'),
    mayImport('identity', ['protocol', 'workers'], ''),
    mayImport('post', ['protocol', 'kernels', 'workers'], ''),
    mayImport('state', ['protocol', 'workers'], ''),
    mayImport('node', ['protocol', 'workers'], ''),
    mayImport(
      'audit',
      ['protocol', 'kernels', 'workers', 'post', 'state'],
      'verifies proofs of a database',
    ),
    mayImport('server', ['protocol'], 'the local server knows no page'),
    mayImport(
      'cli',
      [
        ...['protocol', 'simulate', 'runbooks', 'kernels', 'workers', 'post', 'state'],
        ...['audit', 'node', 'identity', 'server'],
      ],
      'the command line shares everything below the pages',
    ),
    {
      name: 'cli-in-node-only',
      comment: 'files and processes of Node; nothing that a browser loads may need them',
      severity: 'error',
      from: { path: '^src/', pathNot: inside('cli') },
      to: { path: inside('cli') },
    },
    mayImport('ui', [], 'components know nothing of Spacemesh'),
    {
      name: 'pages-imports',
      comment: 'pages are below the app',
      severity: 'error',
      from: { path: inside('pages') },
      to: { path: inside('app', 'server') },
    },
    {
      name: 'page-imports-no-page',
      comment: 'what two pages use is in pages/shared/',
      severity: 'error',
      from: { path: '^src/pages/([^/]+)/' },
      to: { path: '^src/pages/', pathNot: '^src/pages/($1|shared)/' },
    },
    {
      name: 'workers-shared-imports',
      comment: 'rpc, the pool and the spawn table know no job',
      severity: 'error',
      from: { path: '^src/workers/[^/]+$' },
      to: { path: '^src/', pathNot: '^src/(base/|workers/[^/]+$|workers/[^/]+/spawn\\.ts$)' },
    },
    {
      name: 'worker-api-imports',
      comment:
        'what a worker offers is described with types from below; a module above has its own worker-api.ts',
      severity: 'error',
      from: { path: '^src/workers/[^/]+/api\\.ts$' },
      to: { path: '^src/', pathNot: inside('base', 'protocol', 'simulate', 'kernels') },
    },
    {
      name: 'api-of-types-only',
      severity: 'error',
      from: { path: '(^src/workers/[^/]+/|-)api\\.ts$' },
      to: { dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'worker-script-is-not-imported',
      comment: 'others know the types of its API and start it by workers/spawn.ts',
      severity: 'error',
      from: { path: '^src/', pathNot: '/spawn\\.ts$|^src/app/App\\.svelte$' },
      to: { path: '^src/workers/[^/]+/worker\\.ts$' },
    },
    {
      name: 'worker-without-document',
      comment: 'a worker is a root of its own, without a document',
      severity: 'error',
      from: { path: '[./]worker\\.ts$' },
      to: { path: inside('ui', 'pages', 'app', 'storage') },
    },
    {
      name: 'worker-without-spawn-table',
      comment: 'a bundler would follow the table back to the worker itself',
      severity: 'error',
      from: { path: '^src/workers/[^/]+/worker\\.ts$' },
      to: { path: '^src/workers/spawn\\.ts$', reachable: true },
    },
    {
      name: 'server-in-node-only',
      comment: 'the service worker sends the same headers; the rest of the server needs Node',
      severity: 'error',
      from: { path: '^src/', pathNot: inside('server', 'cli') },
      to: { path: inside('server'), pathNot: '^src/server/headers\\.ts$' },
    },
    {
      name: 'comlink-in-workers-only',
      severity: 'error',
      from: { path: '^src/', pathNot: inside('workers') },
      to: { path: 'node_modules/comlink' },
    },
    {
      name: 'pure-modules-packages',
      comment: 'only hashes and encodings',
      severity: 'error',
      from: { path: inside('base', 'protocol', 'simulate', 'runbooks') },
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
