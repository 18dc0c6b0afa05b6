import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogFile } from '../../src/node/log/file';
import { readFields, readHead, smesherOf } from '../../src/node/log/lines';

test('any line is an entry or none, and never an error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc
          .string()
          .map((text) => `{"L":"INFO","T":"2026-11-21T08:45:29.693Z","N":"node","M":${text}`),
        fc.string().map((text) => `2026-11-21T08:45:29.693Z\tINFO\t${text}`),
        fc.string().map((text) => `[2026-11-21T08:45:29Z INFO  a::b] ${text}`),
      ),
      (line) => {
        const head = readHead(line);
        if (!head) return;
        expect(Number.isFinite(head.timeMs)).toBe(true);
        expect(readFields(line, head)).toBeTypeOf('object');
        expect(smesherOf(line, head)).toSatisfy(
          (smesher) => smesher === undefined || /^[0-9a-f]{6}$/.test(smesher as string),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('what zap writes as JSON comes back, whatever the message', () => {
  fc.assert(
    fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (message, fields) => {
      const own = Object.entries(fields).filter(([key]) => !'LTNCM'.includes(key));
      const line = JSON.stringify({
        L: 'WARN',
        T: '2026-11-21T08:45:29.693Z',
        N: 'node.x',
        M: message,
        ...Object.fromEntries(own),
      });
      // Integer-like keys move to the front in JavaScript, which zap's map does not do.
      fc.pre(line.startsWith('{"L"') && !/^\[\d{4}-/.test(message));
      const head = readHead(line);
      expect(head?.message).toBe(message);
      expect(head && readFields(line, head)).toEqual(
        JSON.parse(JSON.stringify(Object.fromEntries(own))),
      );
    }),
    { numRuns: 300 },
  );
});

test('any bytes at all can be opened and searched', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.string(), async (bytes, text) => {
      const log = await LogFile.open(new Blob([new Uint8Array(bytes)])).catch(
        (error: unknown) => (error as { code?: string }).code,
      );
      if (!(log instanceof LogFile)) {
        expect(log).toBe('log-archive-damaged');
        return;
      }
      expect(log.summary.entries).toBeLessThanOrEqual(log.summary.lines);
      expect((await log.find({ text })).entries.length).toBeLessThanOrEqual(log.summary.entries);
    }),
    { numRuns: 100 },
  );
});
