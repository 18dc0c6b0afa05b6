import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, test } from 'vitest';
import { filesBelow, zipFolder } from '../../../scripts/zip.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'zip-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const files = {
  'index.html': '<!doctype html>',
  'assets/app-1.js': 'export {};\n'.repeat(5000),
  'assets/empty.css': '',
  'sample/post/postdata_0.bin': 'label'.repeat(3),
  'B.txt': 'sorted before index.html',
};

/** Writes the files in the order given, with times of their own. */
function folderOf(name: string, entries: readonly (readonly [string, string])[]): string {
  const folder = join(scratch, name);
  for (const [i, [path, text]] of entries.entries()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    utimesSync(join(folder, path), 1e9 + i * 1e6, 1e9 + i * 1e6);
  }
  return folder;
}

const entries = Object.entries(files);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('the zip of a folder', () => {
  const first = folderOf('first', entries);

  test('holds the same files', () => {
    const unzipped = unzipSync(zipFolder(first, 'app-1'));
    expect(Object.keys(unzipped)).toEqual(filesBelow(first).map((path) => `app-1/${path}`));
    for (const path of filesBelow(first))
      expect(Buffer.from(unzipped[`app-1/${path}`] ?? []), path).toEqual(
        readFileSync(join(first, path)),
      );
  });

  test('has the same bytes whenever and in whatever order the files were written', () => {
    const second = folderOf('second', entries.toReversed());
    expect(sha256(zipFolder(second, 'app-1'))).toBe(sha256(zipFolder(first, 'app-1')));
  });

  test('has the same bytes in any time zone and on any machine', () => {
    const zone = process.env['TZ'];
    try {
      for (const TZ of ['Pacific/Kiritimati', 'America/Los_Angeles']) {
        process.env['TZ'] = TZ;
        expect(sha256(zipFolder(first, 'app-1'))).toBe(
          '0611d9316e737225cc9f71d5507f444a537f27f9418696ce88374422bcb813c5',
        );
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  test('another content is another digest', () => {
    const other = folderOf('other', [...entries, ['assets/app-1.js', 'export {};']]);
    expect(sha256(zipFolder(other, 'app-1'))).not.toBe(sha256(zipFolder(first, 'app-1')));
  });
});
