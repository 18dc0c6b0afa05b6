import { describe, expect, test } from 'vitest';
import { parseRuns, runsCsv, runsJson } from '../../../../src/post/profile/files';
import type { ProfileRun } from '../../../../src/post/profile/run';

const setting = { nonces: 32, threads: 3 };
const gib = 2 ** 30;

describe('what post-rs’s profiler prints', () => {
  // Three outputs of post-rs docs/profiler.md.
  const text = `./profiler --threads=1
{
  "time_s": 10.316020166,
  "speed_gib_s": 0.19387321542775668
}
./profiler -t 10 --nonces=128
{
  "time_s": 11.323834001,
  "speed_gib_s": 0.6181651902864203
}
`;

  test('is read with the command lines above it', () => {
    const { runs, assumed } = parseRuns(text, setting);
    expect(assumed).toBe(0);
    expect(runs).toHaveLength(1);
    expect(runs[0]?.origin).toBe('native');
    expect(runs[0]?.results.map(({ cell, samples }) => [cell, samples[0]])).toEqual([
      [{ kind: 'proving', backend: 'cpu', nonces: 64, threads: 1 }, 0.19387321542775668 * gib],
      [{ kind: 'proving', backend: 'cpu', nonces: 128, threads: 10 }, 0.6181651902864203 * gib],
    ]);
  });

  test('is read without one, for the setting that the user names', () => {
    const { runs, assumed } = parseRuns('{"time_s":10.3,"speed_gib_s":0.5}', setting);
    expect(assumed).toBe(1);
    expect(runs[0]?.results[0]?.cell).toEqual({ kind: 'proving', backend: 'cpu', ...setting });
  });

  test('gives the rate of hashes that its scaled time means', () => {
    const pow = `profiler pow --threads 2 --nonces 64 --num-units 4 --randomx-mode light
{ "randomx_vm_init_time": {"secs": 1, "nanos": 5}, "average_time": {"secs": 150, "nanos": 0}, "iterations": 5 }`;
    const { runs } = parseRuns(pow, setting);
    const [result] = runs[0]?.results ?? [];
    expect(result?.cell).toEqual({ kind: 'k2pow', mode: 'light', threads: 2 });
    expect(result?.samples[0]).toBeCloseTo(500, 0);
    expect(result?.remarks[0]).toContain('45 %');
  });

  test('is found behind braces that nothing closes, and between those that close nothing', () => {
    const result = '{"speed_gib_s":0.5}';
    for (const text of [
      `${'{'.repeat(1000)} ${result} ${'}'.repeat(1000)}`,
      `{ "a\n${result}`,
      `{"open":"\n${result}`,
      `} ${result} {`,
      `{"results":[${result}, oops`,
    ])
      expect(parseRuns(text, setting).runs[0]?.results, text.slice(0, 40)).toHaveLength(1);
  });

  test('is the outermost object that is JSON, and not again what is inside it', () => {
    const { runs } = parseRuns('{"speed_gib_s":0.5,"inner":{"speed_gib_s":0.25}}', setting);
    expect(runs[0]?.results.map(({ samples }) => samples)).toEqual([[0.5 * gib]]);
  });

  test.each(['', '{}', '{"speed_gib_s": "fast"}', 'hello { "a": 1', '{"speed_gib_s": 0}'])(
    'refuses %j with what to paste',
    (bad) => {
      expect(() => parseRuns(bad, setting)).toThrow(/Paste what/);
    },
  );
});

const run: ProfileRun = {
  id: 'run-1',
  name: 'Desk, "quiet"',
  startedMs: 1_700_000_000_000,
  origin: 'page',
  machine: ['Chromium 150', '8 logical cores'],
  results: [
    {
      cell: { kind: 'proving', backend: 'gpu', nonces: 288, threads: 1 },
      samples: [3 * gib, gib, 2 * gib],
      timeS: 9,
      remarks: [],
    },
    { cell: { kind: 'k2pow', mode: 'fast', threads: 4 }, samples: [70], timeS: 3, remarks: ['r'] },
    {
      cell: { kind: 'labels', backend: 'cpu', threads: 2 },
      samples: [],
      timeS: 0,
      remarks: [],
      error: 'no',
    },
    { cell: { kind: 'read', streams: 4 }, samples: [150 * 2 ** 20], timeS: 3, remarks: [] },
  ],
};

describe('our own files', () => {
  test('come back as they were', () => {
    expect(parseRuns(runsJson([run]), setting)).toEqual({ runs: [run], assumed: 0 });
  });

  test('use the profiler’s keys', () => {
    const [result, pow] = (
      JSON.parse(runsJson([run])) as { runs: [{ results: Record<string, unknown>[] }] }
    ).runs[0].results;
    expect(result).toMatchObject({ time_s: 9, speed_gib_s: 2, nonces: 288, threads: 1 });
    // 64 nonces and 4 SU are 75,000 hashes.
    expect(pow).toMatchObject({ average_time: { secs: Math.floor(75_000 / 70) }, iterations: 1 });
  });

  test('are refused when damaged', () => {
    const damaged = runsJson([run]).replace('"samples"', '"simples"');
    expect(() => parseRuns(damaged, setting)).toThrow('damaged');
  });

  test('are a table as CSV', () => {
    const lines = runsCsv([run]).trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe(
      `"Desk, ""quiet""",page,2023-11-14T22:13:20.000Z,proving,"288 nonces, GPU",288,1,${2 * gib},${gib},${3 * gib},B/s,3,`,
    );
    expect(lines[3]).toMatch(/,labels\/s,0,no$/);
  });
});

describe('parseRuns', () => {
  test('parseRuns: more than 256 KiB, refused with the limit', () => {
    expect(() => parseRuns(`{"speed_gib_s":0.5}${' '.repeat(1 << 18)}`, setting)).toThrow(
      'The profiler output has 257 KiB; at most 256 KiB are read as the output of a profiler.',
    );
  });

  test.each([
    ['./profiler --nonces 280\n{"time_s":10,"speed_gib_s":0.5}', setting],
    ['{"time_s":10,"speed_gib_s":0.5}', { nonces: 280, threads: 1 }],
    [
      runsJson([
        {
          ...run,
          results: [
            {
              cell: { kind: 'proving', backend: 'cpu', nonces: 280, threads: 1 },
              samples: [gib],
              timeS: 1,
              remarks: [],
            },
          ],
        },
      ]),
      setting,
    ],
  ])('nonces that are not a multiple of 16, refused with the nearest: %#', (text, given) => {
    expect(() => parseRuns(text, given)).toThrow(
      '280 nonces per pass are not possible. Use a multiple of 16 from 16 to 4096, such as 272 or 288.',
    );
  });
});

test('parseRuns: an export of 200 runs of 5 KB, all of them; printed output of that size, refused', () => {
  const runs = Array.from({ length: 200 }, (_, i): ProfileRun => ({
    ...{ id: `r${i}`, name: `run ${i}`, startedMs: i, origin: 'page' },
    machine: ['x'.repeat(1000)],
    results: Array.from({ length: 12 }, () => ({
      cell: { kind: 'proving', backend: 'cpu', nonces: 16, threads: 4 },
      ...{ samples: [gib, gib, gib], timeS: 10, remarks: [] },
    })),
  }));
  const text = runsJson(runs);
  expect(text.length).toBeGreaterThan(700_000);
  expect(parseRuns(text, setting).runs).toEqual(runs);
  expect(() => parseRuns('{"speed_gib_s":0.5}\n'.repeat(14_000), setting)).toThrow(
    'at most 256 KiB are read as the output of a profiler',
  );
  expect(() => parseRuns(`${text}${' '.repeat(1 << 20)}`, setting)).toThrow(
    'Export fewer runs: tick some of them before you export.',
  );
});
