import { describe, expect, test } from 'vitest';
import { mostEvents, summariseMetrics, summarisePrinted } from '../../../src/node/printed';

describe('summariseMetrics', () => {
  test('summariseMetrics: samples with labels and without, one row each', () => {
    const rows: unknown[] = [];
    const text = '# HELP a what\n# TYPE a gauge\na{x="1",y="2"} 3\na NaN\nb +Inf\nbad line\n';
    const { samples, warnings } = summariseMetrics(text, (row) => rows.push(row));
    expect(rows).toEqual([
      ['a', 'x=1 y=2', 3, 'gauge', 'what'],
      ['a', '', 'NaN', 'gauge', 'what'],
      ['b', '', 'Inf', 'unknown', ''],
    ]);
    expect(samples).toBe(3);
    expect(warnings).toHaveLength(1);
  });
});

describe('summarisePrinted', () => {
  const event = (layer: number) =>
    JSON.stringify({ timestamp: '2026-11-21T08:46:51Z', help: 'x', proposal: { layer } });

  test('summarisePrinted: answers of many kinds, counts of all and the last of each', () => {
    const text = [
      event(1),
      '{"versionString":{"value":"v1"}}',
      '{"versionString":{"value":"v2"}}',
      '{"rewards":[{"layer":1,"total":"5"},null,{"layer":2,"total":"6"}]}',
      '{"unknown":1}',
      '{"open":',
    ].join('\n');
    const { events, counts, answers, cutOff } = summarisePrinted(text);
    expect(events.map(({ layers }) => layers[0]?.layer)).toEqual([1]);
    expect(counts).toEqual({ event: 1, version: 2, rewards: 1, other: 1 });
    expect(answers.map(({ answer }) => answer)).toEqual([
      { versionString: { value: 'v2' } },
      { layer: 1, total: '5' },
      {},
      { layer: 2, total: '6' },
    ]);
    expect(cutOff).toBe(true);
  });

  test('summarisePrinted: more events than are shown, the newest', () => {
    const text = Array.from({ length: mostEvents + 5 }, (_, i) => event(i)).join('\n');
    const { events, counts } = summarisePrinted(text);
    expect(events).toHaveLength(mostEvents);
    expect(events[0]?.layers).toEqual([{ layer: 5, slots: 1 }]);
    expect(counts.event).toBe(mostEvents + 5);
  });

  test('summarisePrinted: more rewards than are shown, the last ones and the number of the rest', () => {
    const list = Array.from({ length: 2507 }, (_, layer) => ({ layer, total: '5' }));
    const { answers, rewardsLeftOut } = summarisePrinted(JSON.stringify({ rewards: list }));
    expect(answers).toHaveLength(2500);
    expect(answers[0]?.answer).toEqual({ layer: 7, total: '5' });
    expect(rewardsLeftOut).toBe(7);
    expect(summarisePrinted(JSON.stringify({ rewards: list.slice(7) })).rewardsLeftOut).toBe(0);
  });
});
