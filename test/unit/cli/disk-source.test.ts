import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { diskSource } from '../../../src/cli/files/disk-source';

const folder = mkdtempSync(join(tmpdir(), 'source-'));
afterAll(() => rmSync(folder, { recursive: true }));

function sourceOf(content: string): { path: string; source: ReturnType<typeof diskSource> } {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  utimesSync(path, 1, 1);
  return { path, source: diskSource(path) };
}

test('diskSource: reads a range, exactly that', () => {
  const { source } = sourceOf('0123456789');
  expect(source.sizeBytes).toBe(10);
  expect(source.modifiedMs).toBe(1000);
  expect(new TextDecoder().decode(source.read(3, 4))).toBe('3456');
  source.close();
});

test('diskSource: a read beyond the end, NotReadableError', () => {
  const { source } = sourceOf('0123456789');
  expect(() => source.read(8, 4)).toThrow(expect.objectContaining({ name: 'NotReadableError' }));
  source.close();
});

test.each([
  ['grows', (path: string) => appendFileSync(path, 'x')],
  ['is written again with the same size', (path: string) => writeFileSync(path, 'abcdefghij')],
  ['gets another time of change', (path: string) => utimesSync(path, 2, 2)],
])('diskSource: a file that %s after it was opened, NotReadableError', (_what, change) => {
  const { path, source } = sourceOf('0123456789');
  change(path);
  expect(() => source.read(0, 4)).toThrow(expect.objectContaining({ name: 'NotReadableError' }));
  source.close();
});
