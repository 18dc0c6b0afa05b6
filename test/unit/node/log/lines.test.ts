// One line at a time, as zap and env_logger write them: what is an entry, where its parts are, what is only a lookalike.
import { describe, expect, test } from 'vitest';
import { readFields, readHead, smesherOf, type LogHead } from '../../../../src/node/log/lines';

const iso = '2026-11-21T08:48:50.603Z';
const timeMs = Date.parse(iso);
const head = (line: string): LogHead => readHead(line) ?? expect.fail(`no entry: ${line}`);
const fields = (line: string) => readFields(line, head(line));
const json = (rest: string, level = 'INFO', time = iso) => `{"L":"${level}","T":"${time}",${rest}`;

describe('JSON', () => {
  test('with name and caller, or without', () => {
    expect(head(json('"N":"node.x","C":"a/b.go:7","M":"done","n":1}'))).toEqual({
      timeMs,
      level: 'INFO',
      service: 'node.x',
      message: 'done',
      fieldsAt: 0,
    });
    expect(head(json('"M":"done"}'))).toMatchObject({ service: '', message: 'done' });
    expect(head(json('"C":"a.go:1","M":"done"}'))).toMatchObject({ service: '' });
    expect(head(json('"N":"","M":""}'))).toMatchObject({ service: '', message: '' });
  });

  test.each(['DEBUG', 'INFO', 'WARN', 'ERROR', 'DPANIC', 'PANIC', 'FATAL'])('level %s', (level) => {
    expect(head(json('"M":"x"}', level)).level).toBe(level);
    expect(head(`${iso}\t${level}\tx`).level).toBe(level);
  });

  test('a message with escapes; one that JSON does not know is shown as it is', () => {
    expect(head(json('"M":"tab\\tand \\"quote\\" \\u00b5"}')).message).toBe('tab\tand "quote" µ');
    expect(head(json('"M":"C:\\x"}')).message).toBe('C:\\x');
  });

  test.each([
    ['another order', `{"T":"${iso}","L":"INFO","M":"x"}`],
    ['no message', json('"N":"node"}')],
    ['a message that does not end', json('"M":"x')],
    ['an unknown level', json('"M":"x"}', 'TRACE')],
    ['a level of three letters', json('"M":"x"}', 'LOG')],
    ['a level of seven letters', json('"M":"x"}', 'VERBOSE')],
    ['a level in small letters', json('"M":"x"}', 'info')],
    ['a short time', json('"M":"x"}', 'INFO', '2026-11-21T08:48:50')],
    ['a long time', json('"M":"x"}', 'INFO', `${iso}             `)],
    ['no time', json('"M":"x"}', 'INFO', 'it was on a Saturday!')],
    ['a long name', json(`"N":"${'n'.repeat(201)}","M":"x"}`)],
    ['something before it', `{{"L":"INFO","T":"${iso}","M":"x"}`],
  ])('no entry with %s', (_what, line) => {
    expect(readHead(line)).toBeUndefined();
  });

  test('the longest name and the shortest and longest times', () => {
    expect(head(json(`"N":"${'n'.repeat(200)}","M":"x"}`)).service).toHaveLength(200);
    expect(head(json('"M":"x"}', 'INFO', '2026-11-21T08:48:50Z')).timeMs).toBe(timeMs - 603);
    expect(head(json('"M":"x"}', 'INFO', '2026-11-21T08:48:50.603000000+0000')).timeMs).toBe(
      timeMs,
    );
  });

  test('fields are what is not of the head', () => {
    expect(fields(json('"N":"n","C":"c","M":"m","a":1,"b":{"L":2}}'))).toEqual({
      a: 1,
      b: { L: 2 },
    });
    expect(fields(json('"M":"m"}'))).toEqual({});
    expect(fields(json('"M":"m","cut":'))).toEqual({});
  });
});

describe('console text', () => {
  const line = (rest: string) => `${iso}\tINFO\t${rest}`;

  test('with and without a name, with and without fields', () => {
    const cases: [string, string, string, object][] = [
      ['node\tmessage\t{"a": 1}', 'node', 'message', { a: 1 }],
      ['node\tmessage', 'node', 'message', {}],
      ['two words\t{"a": 1}', '', 'two words', { a: 1 }],
      ['word\t{"a": 1}', '', 'word', { a: 1 }],
      ['word', '', 'word', {}],
      ['two words', '', 'two words', {}],
      ['two words\tmore\t{"a": 1}', '', 'two words\tmore', { a: 1 }],
      ['node\ta\tb\t{"a": 1}', 'node', 'a\tb', { a: 1 }],
      ['node\ta\t{b}\tc', 'node', 'a\t{b}\tc', {}],
      ['node\t{"a": 1}\tc', 'node', '{"a": 1}\tc', {}],
      ['', '', '', {}],
      ['{"a": 1}', '', '{"a": 1}', {}],
      ['node\t', 'node', '', {}],
    ];
    for (const [rest, service, message, expected] of cases) {
      expect([rest, head(line(rest))]).toEqual([
        rest,
        expect.objectContaining({ timeMs, level: 'INFO', service, message }),
      ]);
      expect([rest, fields(line(rest))]).toEqual([rest, expected]);
    }
  });

  test('names as zap joins them, and nothing longer', () => {
    for (const name of ['node.atx-Builder', 'a/b:c_1', 'n'.repeat(120)])
      expect(head(line(`${name}\tm`))).toMatchObject({ service: name, message: 'm' });
    for (const name of ['n'.repeat(121), 'a b', 'a!', '!a', ''])
      expect(head(line(`${name}\tm`))).toMatchObject({ service: '', message: `${name}\tm` });
  });

  test('zones as zap writes them and as ISO does', () => {
    const at = (time: string) => readHead(`${time}\tINFO\tx`)?.timeMs;
    expect(at('2026-11-21T10:48:50.603+0200')).toBe(timeMs);
    expect(at('2026-11-21T10:48:50.603+02:00')).toBe(timeMs);
    expect(at('2026-11-21T05:18:50.603-0330')).toBe(timeMs);
    expect(at('2026-11-21T08:48:50Z')).toBe(timeMs - 603);
    expect(at('2026-11-21T08:48:50.603000000Z')).toBe(timeMs);
  });

  test.each([
    ['no zone', '2026-11-21T08:48:50.603\tINFO\tx'],
    ['a time that is none', '2026-13-41T08:48:50.603Z\tINFO\tx'],
    ['a short time', '2026-11-21T08:48Z\tINFO\tx'],
    ['a long fraction', '2026-11-21T08:48:50.6030000000Z\tINFO\tx'],
    ['a blank for the T', '2026-11-21 08:48:50.603Z\tINFO\tx'],
    ['half a zone', '2026-11-21T08:48:50.603+02\tINFO\tx'],
    ['blanks for tabs', `${iso} INFO x`],
    ['only a level', `${iso}\tINFO`],
    ['a level in small letters', `${iso}\tinfo\tx`],
    ['a short level', `${iso}\tLOG\tx`],
    ['a long level', `${iso}\tVERBOSE\tx`],
    ['something before it', ` ${iso}\tINFO\tx`],
  ])('no entry with %s', (_what, text) => {
    expect(readHead(text)).toBeUndefined();
  });

  test('fields that are cut off or no object are none', () => {
    expect(fields(line('node\tm\t{"a": '))).toEqual({});
    expect(head(line('node\tm\t["a"]'))).toMatchObject({ message: 'm\t["a"]', fieldsAt: -1 });
    // The head's own letters are fields like others here.
    expect(fields(line('node\tm\t{"L": 1, "M": 2}'))).toEqual({ L: 1, M: 2 });
  });
});

describe("post-service's own lines", () => {
  test('are read, alone and inside the lines of a node', () => {
    const own = '[2026-11-21T08:45:46Z WARN  post::prove] a [b] c';
    expect(head(own)).toEqual({
      timeMs: Date.parse('2026-11-21T08:45:46Z'),
      level: 'WARN',
      service: 'post-service',
      message: 'a [b] c',
      fieldsAt: -1,
    });
    // The node states when and how severe.
    expect(head(json(`"N":"node.post","M":"${own}","n":1}`))).toEqual({
      timeMs,
      level: 'INFO',
      service: 'post-service',
      message: 'a [b] c',
      fieldsAt: 0,
    });
    expect(head(`${iso}\tINFO\tnode.post\t${own}`)).toMatchObject({
      service: 'post-service',
      message: 'a [b] c',
    });
    expect(head(json('"N":"node","M":"[x] y"}'))).toMatchObject({
      service: 'node',
      message: '[x] y',
    });
  });

  test('its finest level is our finest', () => {
    for (const [level, ours] of [
      ['TRACE', 'DEBUG'],
      ['DEBUG', 'DEBUG'],
      ['INFO ', 'INFO'],
      ['WARN ', 'WARN'],
      ['ERROR', 'ERROR'],
    ] as const)
      expect(head(`[2026-11-21T08:45:46.123456Z ${level} post_service] x`).level).toBe(ours);
  });

  test('a message may be empty or have line breaks', () => {
    expect(head('[2026-11-21T08:45:46Z INFO  a::b::c1] ').message).toBe('');
    expect(head(json('"M":"[2026-11-21T08:45:46Z INFO  a] one\\ntwo"}')).message).toBe('one\ntwo');
  });

  test.each([
    '[2026-11-21T08:45:46Z FATAL a] x',
    '[2026-11-21T08:45:46Z INFO] x',
    '[2026-11-21T08:45:46Z INFO a-b] x',
    '[2026-11-21T08:45:46Z INFO a]x',
    '[2026-11-21T08:45:46 INFO a] x',
    '[2026-11-21 INFO a] x',
    '[2026-99-21T08:45:46Z INFO a] x',
    '[[2026-11-21T08:45:46Z INFO a] x',
    '[2026-11-21T08:45:46ZINFO a] x',
  ])('no entry: %s', (line) => {
    expect(readHead(line)).toBeUndefined();
  });
});

describe('the smesher of an entry', () => {
  test.each(['smesherID', 'signer', 'smesher', 'node_id', 'nodeID'])('by "%s"', (key) => {
    const line = json(`"M":"x","${key}":"31b356d7425a"}`);
    expect(smesherOf(line, head(line))).toBe('31b356');
  });

  test('six digits of any hex, written with or without a blank', () => {
    const of = (value: string) => {
      const line = `${iso}\tINFO\tnode\tm\t{"smesherID":${value}}`;
      return smesherOf(line, head(line));
    };
    expect(of('"31b356"')).toBe('31b356');
    expect(of(' "31b356d7"')).toBe('31b356');
    for (const value of ['"31b35"', '"31B356"', '"31b356xx"', '31', '"x31b356"'])
      expect([value, of(value)]).toEqual([value, undefined]);
  });

  test('of fields only', () => {
    const line = `${iso}\tINFO\tnode\tsays "signer": "31b356"`;
    expect(smesherOf(line, head(line))).toBeUndefined();
  });
});
