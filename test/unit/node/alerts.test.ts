import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  eventAlerts,
  keptDismissals,
  logAlerts,
  metricsAlerts,
  shownAlerts,
  statusAlerts,
} from '../../../src/node/alerts';
import { readEvent, type NodeEvent } from '../../../src/node/api/events';
import { LifeReader, type LogLife } from '../../../src/node/log/life';
import { readHead } from '../../../src/node/log/lines';
import { growthOf } from '../../support/growth';

const data = new URL('../../data/node/', import.meta.url);
const fixtureEvents = (name: string): NodeEvent[] =>
  readFileSync(new URL(`api/grpc/${name}_Admin_EventsStream.jsonl`, data), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"msg":'))
    .flatMap((line) => readEvent((JSON.parse(line) as { msg: unknown }).msg) ?? []);

const read = (lines: readonly string[]): LogLife => {
  const reader = new LifeReader();
  for (const line of lines) {
    const head = readHead(line);
    if (head) reader.read(line, head);
  }
  return reader.life;
};
const own = 'd7e9c5';
const line = (minute: number, logger: string, message: string, fields = {}): string =>
  `2026-11-21T08:${String(minute).padStart(2, '0')}:00.000Z\tWARN\t${logger}\t${message}\t${JSON.stringify(fields)}`;
const kinds = (life: LogLife) =>
  logAlerts(life, 'node.log').map(({ kind, severity }) => `${severity} ${kind}`);

describe('eventAlerts', () => {
  test('eventAlerts: malfeasance of an own smesher, one alert with smesher and time', () => {
    const alerts = eventAlerts(fixtureEvents('M')).filter(({ kind }) => kind === 'malfeasance');
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.smesher?.slice(0, 6)).toBe(own);
    expect(alerts[0]?.atMs).toBeGreaterThan(Date.parse('2026-11-21T08:56:09Z'));
    expect(alerts[0]?.action).toContain('second node');
  });

  test('eventAlerts: nodes without trouble, no malfeasance and no failure', () => {
    for (const name of ['A', 'B'])
      expect(
        eventAlerts(fixtureEvents(name)).filter(({ kind }) => kind !== 'publish-missed'),
      ).toEqual([]);
  });

  const event = (json: Record<string, unknown>): NodeEvent => {
    const found = readEvent(json);
    if (!found) throw new Error('not an event');
    return found;
  };
  const smesher = Buffer.alloc(32, 7).toString('base64');

  test('eventAlerts: a failed PoST, an alert and not a proof that is done', () => {
    const failed = event({
      timestamp: '2026-11-21T08:00:00Z',
      failure: true,
      help: 'Node failed PoST execution.',
      postComplete: { smesher },
    });
    expect(failed.text).toBe('PoST proof failed');
    expect(eventAlerts([failed])).toMatchObject([{ kind: 'post-failed', severity: 'bad' }]);
  });

  test('eventAlerts: a failed initialisation, an alert', () => {
    const failed = event({
      timestamp: '2026-11-21T08:00:00Z',
      initFailed: { smesher, error: 'disk full' },
    });
    expect(eventAlerts([failed])).toMatchObject([{ kind: 'init-failed' }]);
  });

  const work = (minute: number, publish: number) =>
    event({
      timestamp: `2026-11-21T08:0${minute}:00Z`,
      poetWaitProof: { smesher, publish, target: publish + 1 },
    });
  const published = (minute: number, current: number) =>
    event({
      timestamp: `2026-11-21T08:0${minute}:00Z`,
      atxPublished: { smesher, current, target: current + 1 },
    });

  test('eventAlerts: an epoch without an ATX and work for the next, a missed publish', () => {
    expect(eventAlerts([work(0, 5), work(1, 6)])).toMatchObject([
      { kind: 'publish-missed', text: expect.stringContaining('epoch 5') as string },
    ]);
  });

  test('eventAlerts: an epoch that is still worked for, or with its ATX, none', () => {
    expect(eventAlerts([work(0, 5)])).toEqual([]);
    expect(eventAlerts([work(0, 5), published(1, 5), work(2, 6)])).toEqual([]);
  });

  test('eventAlerts: thousands of epochs of one smesher, at most linear time', async () => {
    const template = work(0, 0);
    const { exponent } = await growthOf((size) => {
      const epochs = Array.from({ length: size * 128 }, (_, i) => ({
        ...{ ...template, timeMs: i },
        ...{ publishEpoch: i, targetEpoch: i + 1 },
      }));
      return () => eventAlerts(epochs);
    }, 1.5);
    expect(exponent).toBeLessThan(1.5);
  });
});

describe('logAlerts', () => {
  const working = line(0, 'node.proposalBuilder', 'proposal created', { smesherID: own });
  const equivocation = (smesher: string) =>
    line(1, 'node.mesh', 'smesher produced more than one ballot in the same layer', { smesher });

  test('logAlerts: two ballots of an own smesher, malfeasance', () => {
    expect(kinds(read([working, equivocation(`${own}aa`)]))).toEqual(['bad malfeasance']);
  });

  test('logAlerts: two ballots of another smesher, none', () => {
    expect(kinds(read([working, equivocation('0123456789')]))).toEqual([]);
  });

  test('logAlerts: the publish window missed, an alert; any other failure to publish, none', () => {
    const failed = (error: string) =>
      line(1, 'node.atxBuilder', 'failed to publish atx', { error });
    expect(kinds(read([failed('builder: atx expired: too late')]))).toEqual(['bad publish-missed']);
    expect(kinds(read([failed('poet service is unstable')]))).toEqual([]);
  });

  test.each([
    ['node.atxBuilder', 'initial POST is invalid', 'post-failed'],
    ['node.atxBuilder', 'failed to generate initial proof:', 'post-failed'],
    ['node.post', 'post setup session failed', 'init-failed'],
  ])('logAlerts: %s "%s", %s', (logger, message, kind) => {
    expect(kinds(read([line(1, logger, message, { error: 'x' })]))).toEqual([`bad ${kind}`]);
  });

  const sync = (minute: number, from: string, to: string) =>
    line(minute, 'node.sync', 'sync state change', { 'from state': from, 'to state': to });

  test('logAlerts: a node that starts, no lost sync', () => {
    expect(
      kinds(read([sync(0, 'notSynced', 'gossipSync'), sync(1, 'gossipSync', 'synced')])),
    ).toEqual([]);
    expect(kinds(read([sync(0, 'notSynced', 'gossipSync')]))).toEqual([]);
  });

  test('logAlerts: sync lost and found again, a warning with its length', () => {
    const life = read([
      sync(0, 'gossipSync', 'synced'),
      sync(10, 'synced', 'notSynced'),
      sync(12, 'notSynced', 'gossipSync'),
      sync(35, 'gossipSync', 'synced'),
    ]);
    expect(kinds(life)).toEqual(['warn sync-lost']);
    expect(logAlerts(life, '')[0]?.text).toContain('after 25 min');
  });

  test('logAlerts: sync lost at the end, bad', () => {
    expect(kinds(read([sync(0, 'gossipSync', 'synced'), sync(9, 'synced', 'notSynced')]))).toEqual([
      'bad sync-lost',
    ]);
  });

  test('logAlerts: the log of a node that equivocated, its own malfeasance', () => {
    const text = gunzipSync(readFileSync(new URL('logs/M_json.log.gz', data))).toString();
    const found = logAlerts(read(text.split('\n')), 'M');
    expect(found.some(({ kind, smesher }) => kind === 'malfeasance' && smesher === own)).toBe(true);
  });
});

describe('metricsAlerts, statusAlerts', () => {
  test('metricsAlerts: not synced, late ATXs', () => {
    expect(metricsAlerts({ sync: 'not synced', atxsLate: 2 }, 'a').map(({ kind }) => kind)).toEqual(
      ['sync-lost', 'publish-missed'],
    );
    expect(metricsAlerts({ sync: 'synced', atxsLate: 0 }, 'a')).toEqual([]);
    expect(metricsAlerts({ sync: undefined, atxsLate: undefined }, 'a')).toEqual([]);
  });

  test('statusAlerts: any state but synced', () => {
    expect(statusAlerts('syncing', 'a')).toHaveLength(1);
    expect(statusAlerts('synced', 'a')).toEqual([]);
    expect(statusAlerts(undefined, 'a')).toEqual([]);
  });
});

describe('dismissal', () => {
  const late = (count: number) => metricsAlerts({ sync: 'synced', atxsLate: count }, 'a');

  test('shownAlerts: dismissed ones hidden, a new one shown', () => {
    const dismissed = new Set(late(1).map(({ id }) => id));
    expect(shownAlerts(late(1), dismissed)).toEqual([]);
    expect(shownAlerts(late(2), dismissed)).toHaveLength(1);
  });

  test('keptDismissals: trouble that ended and comes back, shown again', () => {
    const lost = statusAlerts('syncing', 'a');
    const dismissed = new Set(lost.map(({ id }) => id));
    expect(shownAlerts(lost, keptDismissals(lost, dismissed))).toEqual([]);
    expect(shownAlerts(lost, keptDismissals([], dismissed))).toHaveLength(1);
  });
});
