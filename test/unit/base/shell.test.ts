/** Every quoting function, judged by the program that reads its text where one is here. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vacuumCommands } from '../../../src/state/space';
import { backupPlan } from '../../../src/runbooks/state-backup';
import { moveChecklist } from '../../../src/runbooks/moving';
import { logrotateConfig, systemdUnit } from '../../../src/runbooks/node-run';
import { loadCommands } from '../../../src/pages/state/load-commands';
import {
  clickhouseText,
  commentText,
  logrotatePath,
  pythonText,
  shellPath,
  shellText,
  shellWord,
  sqlText,
  systemdUnitName,
  systemdValue,
  systemdWord,
} from '../../../src/base/shell';

/** Names that run something where quoting is missing. */
const hostile = [
  '$(touch pwned)',
  '`touch pwned`',
  "'; touch pwned; '",
  '"; touch pwned; "',
  '${HOME}',
  '$HOME',
  '!!',
  '\\',
  "\\'",
  'a\\" b',
  '* ? [a]',
  '#',
  '-rf',
  '~root',
  '%s%n',
  '&& touch pwned',
  '| touch pwned',
  '> pwned',
  '\u2019; touch pwned',
];
const printable = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text));
const names = fc.oneof(
  fc.constantFrom(...hostile),
  printable,
  fc.tuple(fc.constantFrom(...hostile), printable).map(([a, b]) => a + b),
);

/** The words that a shell makes of a text. */
const words = (shell: string, text: string): string[] =>
  execFileSync(shell, ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

describe.each(['sh', 'bash'])('quoting for %s', (shell) => {
  test('shellWord, shellText: any names, the same words again', () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 30, maxLength: 60 }), (texts) => {
        expect(words(shell, texts.map(shellWord).join(' '))).toEqual(texts);
        expect(words(shell, texts.map(shellText).join(' '))).toEqual(texts);
      }),
      { numRuns: 15 },
    );
  });

  test('shellPath: any names, the same paths and never an option', () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 30, maxLength: 60 }), (texts) => {
        const paths = texts.filter((text) => !/^~(\/|$)/.test(text));
        expect(words(shell, paths.map(shellPath).join(' '))).toEqual(
          paths.map((text) => (text.startsWith('-') ? `./${text}` : text)),
        );
      }),
      { numRuns: 10 },
    );
  });
});

test('sqlText: any names, the same text in sqlite3', () => {
  const texts = [...hostile, "it''s"];
  const sql = texts.map((text) => `SELECT hex(${sqlText(text)});`).join('\n');
  const found = execFileSync('sqlite3', [':memory:', sql], { encoding: 'utf8' }).trim().split('\n');
  expect(found.map((hex) => Buffer.from(hex, 'hex').toString())).toEqual(texts);
});

test('pythonText: quotes and backslashes, escaped', () => {
  expect(pythonText('a"b\\')).toBe('"a\\"b\\\\"');
});

test('clickhouseText: a backslash, escaped', () => {
  expect(clickhouseText("a\\' b")).toBe("'a\\\\'' b'");
});

describe('systemd', () => {
  test('systemdWord: variables and specifiers, escaped', () => {
    expect(systemdWord('/a b/$HOME %h')).toBe('"/a b/$$HOME %%h"');
  });
  test('systemdValue: specifiers escaped, variables as they are', () => {
    expect(systemdValue('LD=/a b/$x %h')).toBe('"LD=/a b/$x %%h"');
  });
  test('systemdUnit: a program with a dollar sign, not doubled', () => {
    const unit = systemdUnit({ binary: '/opt/$a b/node', config: '/c $x', user: 'a' });
    expect(unit).toContain('ExecStart="/opt/$a b/node" --config "/c $$x"\n');
    expect(unit).toContain('Environment="LD_LIBRARY_PATH=/opt/$a b"\n');
  });
  test('systemdUnit: a backslash in the program, refused', () => {
    expect(() => systemdUnit({ binary: '/opt/x\\/node', config: '/c', user: 'a' })).toThrow(
      expect.objectContaining({ code: 'unit-path-backslash' }),
    );
  });
  test.each(['-H evil', '--host=evil', 'a b', 'a;b', '$(x)', ''])(
    'systemdUnitName: %j, refused',
    (name) => {
      expect(() => systemdUnitName(name)).toThrow(
        expect.objectContaining({ code: 'unit-name-invalid' }),
      );
    },
  );
  test('systemdUnitName: usual names, as they are', () => {
    expect(['node.service', 'post@1.service'].map(systemdUnitName)).toEqual([
      'node.service',
      'post@1.service',
    ]);
  });
  test('backupPlan, moveChecklist: an option in place of a unit, refused', () => {
    const sizes = { stateBytes: 0, localBytes: 0 };
    const unit = '--host=evil';
    expect(() => backupPlan({ dataFolder: '/d', unit, sizes, target: '/t' })).toThrow(/unit/);
    expect(() =>
      moveChecklist({ from: { path: '/a' }, to: { path: '/b' }, what: 'folder', unit }),
    ).toThrow(/unit/);
  });
});

describe('logrotate', () => {
  test('logrotatePath: quotes, pattern signs and blanks, escaped', () => {
    expect(logrotatePath('/var/log/it\'s "my" [node]*.log')).toBe(
      '"/var/log/it\'s \\"my\\" \\[node\\]\\*.log"',
    );
  });
  test.each(['/a{b}', 'relative.log', '~/x.log'])('logrotateConfig: %j, refused', (path) => {
    expect(() => logrotateConfig(path)).toThrow(
      expect.objectContaining({ code: 'logrotate-path' }),
    );
  });
});

test('commentText: a line break, no second line', () => {
  expect(commentText('nas\nrm -rf ~\r\u2028x')).toBe('nas rm -rf ~  x');
});

describe('commands for files with hostile names', () => {
  /** What the shell passes to a program that replaces the real one. */
  const argumentsOf = (program: string, script: string): string[] =>
    execFileSync(
      'sh',
      ['-c', `${program}() { printf '%s\\0' "$@"; }; mv() { :; }; rm() { :; }\n${script}`],
      { encoding: 'utf8' },
    )
      .split('\0')
      .slice(0, -1);

  test.each(hostile)('vacuumCommands: %j, one argument', (name) => {
    const [file] = argumentsOf('sqlite3', vacuumCommands(name));
    expect(file).toBe(name.startsWith('-') ? `./${name}` : name);
  });

  test.each(hostile)('loadCommands: %j, one query for ClickHouse', (name) => {
    const clickhouse = loadCommands('csv', name, undefined).find((it) => it.tool === 'ClickHouse');
    const found = argumentsOf('clickhouse', clickhouse?.text ?? '');
    expect(found.slice(0, 2)).toEqual(['local', '--query']);
    expect(found).toHaveLength(3);
    expect(found[2]).toContain(clickhouseText(name));
  });

  test('loadCommands: a line break in the name, refused', () => {
    expect(() => loadCommands('csv', 'a\nb', undefined)).toThrow(
      expect.objectContaining({ code: 'shell-control-character' }),
    );
  });
});
