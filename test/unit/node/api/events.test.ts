import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochLines, readEvent, type NodeEvent } from '../../../../src/node/api/events';
import { readGrpcurl } from '../../../../src/node/api/grpcurl';

const api = new URL('../../../data/node/api/grpc/', import.meta.url);
const lines = (name: string) =>
  readFileSync(new URL(`${name}.jsonl`, api), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: unknown }).msg);
const events = (name: string): NodeEvent[] =>
  lines(name).map((message) => {
    const event = readEvent(message);
    if (!event) throw new Error(JSON.stringify(message));
    return event;
  });
const A = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';

describe('events of real nodes', () => {
  test.each(['A', 'B', 'C', 'M'])('%s: every one is known', (node) => {
    const all = events(`${node}_Admin_EventsStream`);
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(({ kind }) => kind === 'unknown')).toEqual([]);
    expect(all.filter(({ text }) => text.includes('?'))).toEqual([]);
  });

  test('A from its start', () => {
    const all = events('A_Admin_EventsStream_from_start');
    expect(all.slice(0, 4).map(({ kind }) => kind)).toContain('initStart');
    const published = all.find(({ kind }) => kind === 'atxPublished');
    expect(published).toMatchObject({
      smesher: A,
      publishEpoch: 1,
      targetEpoch: 2,
      untilMs: Date.parse('2026-11-21T08:48:50Z'),
      text: 'ATX 656e292317 published for epoch 2',
    });
  });

  test('M is proved malicious', () => {
    expect(events('M_Admin_EventsStream').find(({ kind }) => kind === 'malfeasance')).toMatchObject(
      {
        smesher: 'd7e9c5ee5496712b0a8b1a74c890aa62dc11f03da6603e96d7ed7f9e96e6e7ee',
        text: 'Proved malicious: ballot',
      },
    );
  });
});

describe('the epoch line', () => {
  const all = events('A_Admin_EventsStream_from_start');
  const line = (epoch: number, until = Infinity) =>
    epochLines(all.filter(({ timeMs }) => timeMs <= until)).find(
      ({ publishEpoch }) => publishEpoch === epoch,
    );
  const states = (epoch: number, until?: number) =>
    line(epoch, until)?.steps.map(({ state }) => state);

  test('a finished epoch', () => {
    const first = line(1);
    expect(states(1)).toEqual(['done', 'done', 'done', 'done', 'done']);
    expect(first?.next).toBeUndefined();
    expect(first?.layers).toHaveLength(10);
    expect(first?.layers[0]).toEqual({ layer: 20, slots: 6 });
    expect(first?.proposed).toContain(20);
  });

  test('in the middle of it, what comes next and when', () => {
    const middle = Date.parse('2026-11-21T08:47:20Z');
    expect(states(1, middle)).toEqual(['done', 'running', 'to come', 'to come', 'to come']);
    expect(line(1, middle)?.next).toEqual({
      text: 'The PoET round ends and the PoST proof begins',
      atMs: Date.parse('2026-11-21T08:47:50Z'),
    });
    const proving = Date.parse('2026-11-21T08:47:55Z');
    expect(states(1, proving)).toEqual(['done', 'done', 'running', 'to come', 'to come']);
  });

  test('a replay changes nothing', () => {
    expect(epochLines([...all, ...all].reverse())).toEqual(epochLines(all));
  });

  test('three identities beside each other', () => {
    const smeshers = new Set(
      epochLines(events('B_Admin_EventsStream')).map(({ smesher }) => smesher),
    );
    expect([...smeshers].map((id) => id.slice(0, 4)).sort()).toEqual(['28d8', '4305', '9be1']);
  });
});

describe('grpcurl', () => {
  test('a pasted stream', () => {
    const messages = lines('A_Admin_EventsStream');
    const pasted = messages.map((message) => JSON.stringify(message, null, 2)).join('\n');
    const { answers, error, cutOff } = readGrpcurl(pasted);
    expect(answers.map(({ answer }) => answer)).toEqual(messages);
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['event']));
    expect([error, cutOff]).toEqual([undefined, false]);
    expect(readGrpcurl(pasted.slice(0, -40))).toMatchObject({ cutOff: true });
  });

  test.each([
    ['A_PostInfo_PostStates', 'post-states'],
    ['A_Smesher_PostSetupStatus', 'post-setup'],
    ['A_Smesher_SmesherIDs', 'smesher-ids'],
    ['A_Node_Version', 'version'],
    ['A_Node_Status', 'node-status-v1'],
    ['A_v2alpha1_NodeStatus', 'node-status'],
    ['A_v2alpha1_NetworkInfo', 'network-info'],
    ['A_v2alpha1_RewardList', 'rewards'],
  ])('%s is %s', (name, kind) => {
    const { response } = JSON.parse(readFileSync(new URL(`${name}.json`, api), 'utf8')) as {
      response: unknown;
    };
    expect(readGrpcurl(JSON.stringify(response)).answers[0]?.kind).toBe(kind);
  });

  test('errors, with advice', () => {
    expect(
      readGrpcurl(
        'ERROR:\n  Code: Unimplemented\n  Message: unknown service spacemesh.v1.AdminService',
      ).error,
    ).toContain('grpc-private-listener (9093)');
    expect(
      readGrpcurl('Failed to dial target host "localhost:9093": connect: connection refused').error,
    ).toContain('localhost:9093');
  });

  test('prose, quotes and braces in strings do not confuse it', () => {
    const { answers } = readGrpcurl('$ grpcurl "x" {\n"a": "}{\\"" }\nhe said "hi\n{"b": 1} {bad}');
    expect(answers.map(({ answer }) => answer)).toEqual([{ a: '}{"' }, { b: 1 }]);
    for (const text of ['', 'hello', '[]', '{'])
      expect(() => readGrpcurl(text)).toThrow(expect.objectContaining({ code: 'grpcurl-none' }));
  });
});

describe('hostile answers', () => {
  test('any JSON is an event or none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (smesher, of, list) => {
        expect(readEvent(of)).toBeUndefined();
        for (const kind of ['eligibilities', 'malfeasance', 'atxPublished', 'proposal', 'beacon']) {
          const event = readEvent({
            timestamp: '2026-11-21T08:45:37.582595644Z',
            [kind]: { smesher, eligibilities: list, epoch: of, publish: of, proof: list, wait: of },
          });
          expect(event?.kind).toBe(kind);
          if (event) expect(epochLines([event]).length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a deep or endless paste', () => {
    expect(() => readGrpcurl('{'.repeat(1_000_000))).toThrow(/no grpcurl output/);
    expect(readGrpcurl('{"a":1}'.repeat(1000)).answers).toHaveLength(1000);
  });
});
