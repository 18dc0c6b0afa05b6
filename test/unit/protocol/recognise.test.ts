import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recognitionBytes, recogniseFile, type FileKind } from '../../../src/protocol/recognise';

const data = join(import.meta.dirname, '../../data');
const kindOf = (path: string, name = path): FileKind => {
  const bytes = readFileSync(join(data, path));
  return recogniseFile({
    name,
    sizeBytes: bytes.length,
    head: bytes.subarray(0, recognitionBytes),
  });
};
const kindOfText = (name: string, text: string): FileKind =>
  recogniseFile({ name, sizeBytes: text.length, head: new TextEncoder().encode(text) });

describe('what a file is', () => {
  test('knows a live set by its bytes, whatever its names', () => {
    expect(kindOf('node/live_A/state.sql', 'copy.bin')).toBe('database');
    expect(kindOf('node/live_A/state.sql-wal', 'a')).toBe('database-wal');
    expect(kindOf('node/live_A/state.sql-shm', 'b')).toBe('database-shm');
  });

  test('keeps an empty or unreadable piece of a set with its set', () => {
    expect(kindOfText('state.sql', '')).toBe('database');
    expect(kindOfText('backup/state.sql-wal', '')).toBe('database-wal');
    expect(kindOfText('local.sql-shm', 'xxxx')).toBe('database-shm');
  });

  test('knows PoST data and every sample of its metadata that is JSON of the right shape', () => {
    expect(kindOf('post/posdata/n2-single/postdata_0.bin')).toBe('post-data');
    for (const directory of readdirSync(join(data, 'post/posdata')))
      expect(kindOf(`post/posdata/${directory}/postdata_metadata.json`, 'renamed.json')).toBe(
        'post-metadata',
      );
  });

  test('knows keys, configs, profiler results, proofs and logs', () => {
    expect(kindOfText('x', 'ab'.repeat(64))).toBe('key');
    expect(kindOfText('x', 'ab'.repeat(63))).toBe('unknown');
    expect(kindOfText('c', '{"smeshing": {"smeshing-start": true}}')).toBe('node-config');
    expect(kindOfText('r', '{\n  "time_s": 10.1,\n  "speed_gib_s": 1.4\n}')).toBe(
      'profiler-results',
    );
    // A run of labels alone names no figure of the native profiler.
    expect(
      kindOfText('r', '{\n  "format": "post-workbench-profile",\n  "version": 1,\n  "runs": []\n}'),
    ).toBe('profiler-results');
    expect(kindOfText('p', '{"nonce":1,"indices":"AAA=","pow":"3"}')).toBe('proof');
    expect(
      kindOfText('l', '{"L":"INFO","T":"2026-11-21T08:46:50Z","N":"node","M":"started"}\n'),
    ).toBe('log');
    expect(kindOfText('l', '2026-11-21T08:46:50.1+0000\tINFO\tnode.app\tstarted\n')).toBe('log');
    expect(kindOf('node/logs/B_post_b1.log', 'post-service.txt')).toBe('log');
    expect(kindOf('node/logs/A_json.log.gz')).toBe('log');
    expect(kindOf('node/logs/A_json.log.gz', 'backup.gz')).toBe('unknown');
    expect(
      kindOfText('m', '# HELP go_goroutines n\n# TYPE go_goroutines gauge\ngo_goroutines 7\n'),
    ).toBe('metrics');
  });

  test('answers for any bytes and any name', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 200 }), (name, head) => {
        expect(recogniseFile({ name, sizeBytes: head.length, head })).toBeTypeOf('string');
      }),
    );
  });
});
