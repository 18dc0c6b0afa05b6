// What a file is, where two kinds come close to each other.
import { describe, expect, test } from 'vitest';
import { recogniseFile, type FileKind } from '../../../src/protocol/recognise';

const kind = (name: string, head: string | Uint8Array, sizeBytes = head.length): FileKind =>
  recogniseFile({
    name,
    sizeBytes,
    head: typeof head === 'string' ? new TextEncoder().encode(head) : head,
  });
const bytes = (length: number, ...at: readonly (readonly [number, readonly number[]])[]) => {
  const head = new Uint8Array(length);
  for (const [offset, values] of at) head.set(values, offset);
  return head;
};

describe('by bytes', () => {
  test('a database begins with its sixteen characters', () => {
    expect(kind('x', 'SQLite format 3\0 and more')).toBe('database');
    expect(kind('x', 'SQLite format 3')).not.toBe('database');
    expect(kind('x', 'SQLite format 4\0')).not.toBe('database');
  });

  test('a log of either byte order', () => {
    expect(kind('x', bytes(32, [0, [0x37, 0x7f, 0x06, 0x82]]))).toBe('database-wal');
    expect(kind('x', bytes(32, [0, [0x37, 0x7f, 0x06, 0x83]]))).toBe('database-wal');
    expect(kind('x', bytes(4, [0, [0x37, 0x7f, 0x06, 0x83]]))).toBe('database-wal');
    expect(kind('x', bytes(3, [0, [0x37, 0x7f, 0x06]]))).toBe('unknown');
    expect(kind('x', bytes(32, [0, [0x37, 0x7f, 0x06, 0x84]]))).toBe('unknown');
  });

  test('an index has its version twice, in one byte order', () => {
    const little = [0x18, 0xe2, 0x2d, 0];
    const big = [0, 0x2d, 0xe2, 0x18];
    expect(kind('x', bytes(100, [0, little], [48, little]))).toBe('database-shm');
    expect(kind('x', bytes(100, [0, big], [48, big]))).toBe('database-shm');
    expect(kind('x', bytes(100, [0, little], [48, big]))).toBe('unknown');
    expect(kind('x', bytes(100, [0, little]))).toBe('unknown');
    expect(kind('x', bytes(52, [0, little], [48, little]))).toBe('database-shm');
    expect(kind('x', bytes(51, [0, little]))).toBe('unknown');
    expect(kind('x', bytes(100, [48, little]))).toBe('unknown');
  });

  test('a head that is a view is read where it is', () => {
    const larger = bytes(64, [5, [0x37, 0x7f, 0x06, 0x82]]);
    expect(kind('x', larger.subarray(5))).toBe('database-wal');
  });

  test.each([
    [9, 'log'],
    [13, 'log'],
    [27, 'log'],
    [32, 'log'],
    [255, 'log'],
    [0, 'unknown'],
    [8, 'unknown'],
    [14, 'unknown'],
    [26, 'unknown'],
    [31, 'unknown'],
  ])('a byte of %d within a text: %s', (byte, expected) => {
    expect(kind('a.log', Uint8Array.of(65, byte, 66))).toBe(expected);
  });

  test('a packed log has a name that reports it', () => {
    const gzip = Uint8Array.of(0x1f, 0x8b, 8, 0);
    for (const name of ['node.log.gz', 'node.log.1.gz', 'NODE.LOG.2026-11-21.GZ', 'dir/a.log.gz'])
      expect(kind(name, gzip)).toBe('log');
    for (const name of ['node.gz', 'node.log.gz.txt', 'node.log.a.b.gz', 'nodelog.gz'])
      expect(kind(name, gzip)).toBe('unknown');
    expect(kind('node.log.gz', Uint8Array.of(0x1f, 0x8c))).toBe('unknown');
    expect(kind('node.log.gz', Uint8Array.of(0x1e, 0x8b))).toBe('unknown');
  });
});

describe('by name, where bytes cannot tell', () => {
  test.each([
    ['postdata_0.bin', 'post-data'],
    ['dir/postdata_123.bin', 'post-data'],
    ['POSTDATA_7.BIN', 'post-data'],
    ['postdata_.bin', 'unknown'],
    ['postdata_0.bin.part', 'unknown'],
    ['my-postdata_0.bin', 'unknown'],
    ['state.sql', 'database'],
    ['local.sql', 'database'],
    ['node_state.sql', 'database'],
    ['state-copy.sql', 'database'],
    ['estate.sql', 'unknown'],
    ['states.sql', 'unknown'],
    ['state.sql.bak', 'unknown'],
    ['state.sql-wal', 'database-wal'],
    ['any.sql-shm', 'database-shm'],
  ])('%s: %s', (name, expected) => {
    expect(kind(name, Uint8Array.of(0, 200, 3))).toBe(expected);
  });

  test('a file of no bytes is empty, unless it is a piece of a set', () => {
    expect(kind('a.txt', '')).toBe('empty');
    expect(kind('postdata_1.bin', '')).toBe('post-data');
    expect(kind('a.sql-wal', '')).toBe('database-wal');
  });
});

describe('by text', () => {
  const key = 'aB'.repeat(64);
  test.each<[string, string, FileKind, number?]>([
    ['x', key, 'key'],
    ['x', ` ${key}\n`, 'key'],
    ['x', `${key}\n`, 'unknown', 257],
    ['x', `${key}\n`, 'key', 256],
    ['x', `${key}0`, 'unknown'],
    ['x', `x${key}`, 'unknown'],
    ['local.key', 'anything', 'key'],
    ['local.key', 'anything', 'key', 4096],
    ['local.key', 'anything', 'unknown', 4097],
    ['local.key.txt', 'anything', 'unknown'],
    ['postdata_metadata.json', 'broken {', 'post-metadata'],
    ['x', '\u{feff}{"NodeId": "a", "NumUnits": 4}', 'post-metadata'],
    ['x', '{"node_id": "a", "num_units": 4}', 'post-metadata'],
    ['x', '{"NodeId": "a"}', 'unknown'],
    ['x', '{"NumUnits": 4}', 'unknown'],
    ['x', '{"NodeId" : "a", "NumUnits" : 4}', 'post-metadata'],
    ['x', '[{"time_s": 1}]', 'profiler-results'],
    ['x', '{"iteration_time_s": 1}', 'profiler-results'],
    ['x', '{"speed_gib_s": 1}', 'profiler-results'],
    ['x', '{"randomx_vm_init_time": 1}', 'profiler-results'],
    ['x', '{"L":"INFO","T":"1","M":"m"}', 'log'],
    ['x', '{"L":"INFO","T":"1"}', 'unknown'],
    ['x', '{"L":"INFO","M":"1"}', 'unknown'],
    ['x', '{"T":"INFO","M":"1"}', 'unknown'],
    ['x', '{"level":"info","msg":"m"}', 'log'],
    ['x', '{"level":"info"}', 'unknown'],
    ['x', '{"msg":"info"}', 'unknown'],
    ['x', '{"indices":"","pow":1}', 'proof'],
    ['x', '{"indices":""}', 'unknown'],
    ['x', '{"pow":1}', 'unknown'],
    ['x', '{"timestamp":"1","postStart":{}}', 'event-stream'],
    ['x', '{"timestamp":"1","help":""}', 'event-stream'],
    ['x', '{"timestamp":"1"}', 'unknown'],
    ['x', '{"postStart":{}}', 'unknown'],
    ['x', '{"api":{"grpc-public-listener":"a"}}', 'node-config'],
    ['x', '{"p2p":{"min-peers":1}}', 'node-config'],
    ['x', '{"preset":"testnet"}', 'unknown'],
    ['x', '{"api":{}}', 'unknown'],
    ['x', '{"api":{"grpcs-x":"a"}}', 'unknown'],
    ['x', '# HELP a b\na 1\n', 'metrics'],
    ['x', '# TYPE a gauge\na{b="c"} 1\n', 'metrics'],
    ['x', '\n# TYPE a gauge\nx:y 1\n', 'metrics'],
    ['x', '# a comment\na 1\n', 'unknown'],
    ['x', '# HELP a b\n', 'unknown'],
    ['x', '## HELP a b\na 1', 'unknown'],
    ['x', '[2026-11-21T08:45:29Z INFO  post_service::client] m', 'log'],
    ['x', '[2026-11-21T08:45:29Z ERROR post] m', 'log'],
    ['x', 'a [2026-11-21T08:45:29Z ERROR post] m', 'unknown'],
    ['x', '[2026-11-21T08:45:29Z LOUD post] m', 'unknown'],
    ['x', '2026-11-21T08:46:50.1+0000\tINFO\tm', 'log'],
    ['x', '08:46:50\tWARN\tm', 'log'],
    ['x', 'first line\n08:46:50 \u001b[34mDEBUG\u001b[0m m', 'log'],
    ['x', '08:46:50\tLOUD\tm', 'unknown'],
    ['x', '8:46:50 INFO', 'unknown'],
    ['a.log', 'anything', 'log'],
    ['a.log.txt', 'anything', 'unknown'],
    ['logfile.txt', 'anything', 'log'],
    ['logfile-1.txt', 'anything', 'log'],
    ['my-logfile.txt', 'anything', 'unknown'],
    ['logfile.txt.bak', 'anything', 'unknown'],
  ])('%s with %j is %s', (name, text, expected, sizeBytes) => {
    expect(kind(name, text, sizeBytes)).toBe(expected);
  });
});
