import { expect, test } from 'vitest';
import { deploymentPath, scopedName } from '../../../src/base/scope';

test.each([
  ['/', '/'],
  ['/index.html', '/'],
  ['/tools/workbench/', '/tools/workbench/'],
  ['/tools/workbench/node.html', '/tools/workbench/'],
  ['/tools/workbench', '/tools/'],
  ['/a/service-worker.js', '/a/'],
])('deploymentPath: %s, is %s', (pathname, path) => {
  expect(deploymentPath(pathname)).toBe(path);
});

test('scopedName: two deployments, have names of which none begins the other', () => {
  const [a, nested] = ['/a/', '/a/b/node.html'].map((path) => `${scopedName('workbench', path)} `);
  expect([a, nested]).toEqual(['workbench /a/ ', 'workbench /a/b/ ']);
  expect(nested?.startsWith(a ?? '')).toBe(false);
});
