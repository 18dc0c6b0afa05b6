// Each kind of event field by field, as node A sent it, and what an epoch makes of them.
import { describe, expect, test } from 'vitest';
import {
  epochLines,
  readEvent,
  type EventKind,
  type NodeEvent,
} from '../../../../src/node/api/events';

const smesher = '31b356d7425a660120b9aafadba779a513c1726d9221c84614dcd320005e2c55';
const id = 'MbNW10JaZgEguar626d5pRPBcm2SIchGFNzTIABeLFU=';
const other = 'd7e9c5ee5496712b0a8b1a74c890aa62dc11f03da6603e96d7ed7f9e96e6e7ee';
const otherId = '1+nF7lSWcSsKixp0yJCqYtwR8D2mYD6W1+1/npbm5+4=';
const timestamp = '2026-11-21T08:45:37.582595644Z';
const read = (message: Record<string, unknown>): NodeEvent =>
  readEvent({ timestamp, ...message }) ?? expect.fail('an event');

describe('an event of each kind', () => {
  const atx = 'ZW4pIxc8Qdy666/DxglXGth/yGY7khJ48QKKTdSr7GQ=';
  const poet = { url: 'http://127.0.0.1:10010', roundId: '4', ticks: '11927', smesher: id };
  const untilMs = Date.parse('2026-11-21T08:47:08Z');
  const wait = { publish: 1, wait: '79.296409956s', until: '2026-11-21T08:47:08Z', smesher: id };
  const round = { publish: 1, target: 2, roundEnd: '2026-11-21T08:47:08Z', smesher: id };

  test.each<[EventKind, Record<string, unknown>, Partial<NodeEvent>]>([
    [
      'beacon',
      { epoch: 2, beacon: '4NhbMA==' },
      { targetEpoch: 2, text: 'Beacon of epoch 2: e0d85b30' },
    ],
    [
      'initStart',
      { smesher: id, commitment: '4NhbMMUbYL6h/XdqwgOhC4DwjxL8SQV+ukWpPePsLHs=' },
      { smesher, text: 'Initialisation started, commitment e0d85b30c5' },
    ],
    ['initComplete', { smesher: id }, { smesher, text: 'Initialisation complete' }],
    [
      'initFailed',
      { smesher: id, error: 'disk full' },
      { smesher, failure: true, text: 'Initialisation failed: disk full' },
    ],
    [
      'postStart',
      { challenge: atx, smesher: id },
      { smesher, text: 'PoST proof started, challenge 656e292317' },
    ],
    [
      'postComplete',
      { challenge: atx, smesher: id },
      { smesher, text: 'PoST proof done, challenge 656e292317' },
    ],
    [
      'poetWaitRound',
      wait,
      {
        smesher,
        publishEpoch: 1,
        targetEpoch: 2,
        untilMs,
        text: 'Waiting for the PoET registration window of epoch 1, 79 s from then',
      },
    ],
    [
      'waitingForPoetRegistrationWindow',
      { ...round, target: undefined },
      {
        smesher,
        publishEpoch: 1,
        targetEpoch: 2,
        untilMs,
        text: 'Waiting for the PoET registration window of epoch 1',
      },
    ],
    [
      'poetWaitProof',
      { ...wait, target: 3 },
      {
        smesher,
        publishEpoch: 1,
        targetEpoch: 3,
        untilMs,
        text: 'Waiting for the PoET round of epoch 1 to end, 79 s from then',
      },
    ],
    [
      'waitingForPoetRoundEnd',
      round,
      {
        smesher,
        publishEpoch: 1,
        targetEpoch: 2,
        untilMs,
        text: 'Waiting for the PoET round of epoch 1 to end',
      },
    ],
    ['registeredInPoet', poet, { smesher, text: 'Registered at http://127.0.0.1:10010, round 4' }],
    [
      'proofDownloadedFromPoet',
      { ...poet, smesher: undefined },
      { text: 'Proof of http://127.0.0.1:10010, round 4, 11927 ticks' },
    ],
    [
      'bestProofSelected',
      poet,
      { smesher, text: 'Chose http://127.0.0.1:10010, round 4, 11927 ticks' },
    ],
    [
      'atxPublished',
      { current: 1, target: 2, id: atx, until: '2026-11-21T08:47:08Z', smesher: id },
      {
        smesher,
        publishEpoch: 1,
        targetEpoch: 2,
        untilMs,
        text: 'ATX 656e292317 published for epoch 2',
      },
    ],
    [
      'eligibilities',
      {
        epoch: 2,
        eligibilities: [{ layer: 25, count: 5 }, { layer: 23, count: 8 }, { layer: 24 }],
        smesher: id,
      },
      {
        smesher,
        targetEpoch: 2,
        layers: [
          { layer: 23, slots: 8 },
          { layer: 24, slots: 0 },
          { layer: 25, slots: 5 },
        ],
        text: 'Eligible in 3 layers of epoch 2',
      },
    ],
    [
      'proposal',
      { layer: 20, proposal: '/1R/XtNOPYnRZ29oUAYH0f1QrIE=', smesher: id },
      { smesher, layers: [{ layer: 20, slots: 1 }], text: 'Proposal for layer 20 published' },
    ],
    [
      'malfeasance',
      { proof: { smesherId: { id: otherId }, kind: 'MALFEASANCE_BALLOT' } },
      { smesher: other, text: 'Proved malicious: ballot' },
    ],
    ['postServiceStarted', {}, { text: 'Post service started' }],
    ['postServiceStopped', {}, { text: 'Post service stopped' }],
  ])('%s', (kind, details, expected) => {
    expect(read({ help: 'The node says.', [kind]: details })).toEqual({
      timeMs: Date.parse('2026-11-21T08:45:37.582Z') + 0.595644,
      kind,
      failure: false,
      help: 'The node says.',
      smesher: undefined,
      publishEpoch: undefined,
      targetEpoch: undefined,
      untilMs: undefined,
      layers: [],
      ...expected,
    });
  });

  test.each<[EventKind, string]>([
    ['beacon', 'Beacon of epoch ?: ?'],
    ['initStart', 'Initialisation started, commitment ?'],
    ['poetWaitRound', 'Waiting for the PoET registration window of epoch ?'],
    ['poetWaitProof', 'Waiting for the PoET round of epoch ? to end'],
    ['atxPublished', 'ATX ? published for epoch ?'],
    ['eligibilities', 'Eligible in 0 layers of epoch ?'],
    ['proposal', 'Proposal for layer ? published'],
  ])('%s without its details', (kind, text) => {
    expect(read({ [kind]: {} })).toMatchObject({
      kind,
      text,
      smesher: undefined,
      publishEpoch: undefined,
      targetEpoch: undefined,
      layers: [],
    });
  });

  test('of a later version', () => {
    expect(read({ somethingNew: {}, failure: true })).toMatchObject({
      kind: 'unknown',
      failure: true,
      smesher: undefined,
      layers: [],
      text: expect.stringContaining('does not know') as string,
    });
    expect(read({ beacon: [], proposal: 'x' }).kind).toBe('unknown');
  });

  test('the offender of a proof, but the named smesher first', () => {
    const proof = { smesherId: { id: otherId } };
    expect(read({ malfeasance: { smesher: id, proof } }).smesher).toBe(smesher);
    expect(read({ malfeasance: { proof: { smesherId: otherId } } }).smesher).toBeUndefined();
    expect(read({ malfeasance: { proof: null } }).text).toBe('Proved malicious: ');
  });

  test('of layers only those that are given', () => {
    const eligibilities = [null, 7, {}, { layer: '21', count: '2' }, { layer: -1.5, count: 'x' }];
    expect(read({ eligibilities: { epoch: 2, eligibilities } }).layers).toEqual([
      { layer: -1.5, slots: 0 },
      { layer: 21, slots: 2 },
    ]);
    expect(read({ atxPublished: { eligibilities: [{ layer: 1, count: 1 }] } }).layers).toEqual([]);
  });
});

describe('values of an event', () => {
  test('numbers, also as text, as 64-bit ones are written', () => {
    const epoch = (value: unknown) => read({ beacon: { epoch: value } }).targetEpoch;
    expect([2, 0, '17', '0', 1.5].map(epoch)).toEqual([2, 0, 17, 0, 1.5]);
    expect(epoch('999999999999999')).toBe(999_999_999_999_999);
    for (const value of ['1234567890123456', '-1', '1.5', 'x1', '1x', '', null, Infinity, NaN, [1]])
      expect([value, epoch(value)]).toEqual([value, undefined]);
  });

  test('times with and without fractions', () => {
    const time = (value: unknown) => readEvent({ timestamp: value, beacon: {} })?.timeMs;
    const ms = Date.parse('2026-11-21T08:45:37Z');
    expect(time('2026-11-21T08:45:37Z')).toBe(ms);
    expect(time('2026-11-21T08:45:37.5Z')).toBe(ms + 500);
    expect(time('2026-11-21T08:45:37.123Z')).toBe(ms + 123);
    expect(time('2026-11-21T08:45:37.123456789Z')).toBeCloseTo(ms + 123.456789, 3);
    expect(time('2026-11-21T10:45:37.123456+02:00')).toBeCloseTo(ms + 123.456, 3);
    for (const value of ['', 'soon', 7, null, undefined, ['2026-11-21T08:45:37Z']])
      expect(time(value)).toBeUndefined();
  });

  test('no event without an object', () => {
    for (const message of [null, [], 'x', 7, undefined, {}])
      expect(readEvent(message)).toBeUndefined();
    expect(readEvent(Object.assign([], { timestamp }))).toBeUndefined();
  });

  test('long texts are cut, others of another kind left out', () => {
    expect(read({ help: 'x'.repeat(1000) }).help).toBe('x'.repeat(300));
    expect(read({ help: 7 }).help).toBe('');
    expect(read({ initFailed: { error: 'e'.repeat(301) } }).text).toHaveLength(
      'Initialisation failed: '.length + 300,
    );
  });

  test('IDs of the right length only', () => {
    expect(read({ initComplete: { smesher: '4NhbMA==' } }).smesher).toBeUndefined();
    expect(read({ beacon: { beacon: id } }).text).toContain(': ?');
  });

  test('waits as far as they are durations', () => {
    const text = (wait: unknown) => read({ poetWaitRound: { publish: 1, wait } }).text;
    expect(text('1m31.5s')).toContain(', 92 s from then');
    expect(text('0.499999999s')).toContain(', 0 s from then');
    for (const wait of ['long', '', 5, null]) expect(text(wait)).not.toContain('from then');
  });
});

describe('an epoch, event by event', () => {
  let clock = 0;
  const at = (second: number) => new Date(second * 1000).toISOString();
  const event = (kind: EventKind, details: object = {}, second = ++clock, rest: object = {}) =>
    readEvent({ timestamp: at(second), [kind]: { smesher: id, ...details }, ...rest }) ??
    expect.fail('an event');
  const states = (events: readonly NodeEvent[]) =>
    epochLines(events)[0]?.steps.map(({ state }) => state) ?? [];

  test('from the registration to the proposals', () => {
    const way = [
      event('waitingForPoetRegistrationWindow', { publish: 4, roundEnd: at(10) }, 1),
      event('registeredInPoet', {}, 10),
      event('registeredInPoet', {}, 11),
      event('waitingForPoetRoundEnd', { publish: 4, target: 5, roundEnd: at(20) }, 12),
      event('bestProofSelected', {}, 20),
      event('postStart', {}, 21),
      event('postComplete', {}, 30),
      event('atxPublished', { current: 4, target: 5, until: at(40) }, 31),
      event('eligibilities', { epoch: 5, eligibilities: [{ layer: 50, count: 2 }] }, 40),
      event('proposal', { layer: 50 }, 41),
    ];
    const line = epochLines(way)[0];
    expect(line).toEqual({
      smesher,
      publishEpoch: 4,
      steps: [
        { name: 'registration', state: 'done', fromMs: 1000, toMs: 11_000 },
        { name: 'poet', state: 'done', fromMs: 12_000, toMs: 20_000 },
        { name: 'proof', state: 'done', fromMs: 21_000, toMs: 30_000 },
        { name: 'atx', state: 'done', fromMs: 31_000, toMs: 31_000 },
        { name: 'eligible', state: 'done', fromMs: 40_000, toMs: 40_000 },
      ],
      layers: [{ layer: 50, slots: 2 }],
      proposed: [50],
      next: undefined,
    });
    // In whatever order they come, and however often.
    expect(epochLines([...way, ...way].reverse())).toEqual([line]);
    expect(epochLines(way.slice(0, 8))[0]).toMatchObject({ layers: [], proposed: [] });
    const next = (count: number) => epochLines(way.slice(0, count))[0]?.next;
    expect(next(1)).toEqual({ text: 'Registration at the PoETs opens', atMs: 10_000 });
    expect(next(2)).toEqual({
      text: 'The PoET round ends and the PoST proof begins',
      atMs: undefined,
    });
    expect(next(4)).toMatchObject({ atMs: 20_000 });
    expect(next(5)).toEqual({ text: 'The PoST proof', atMs: undefined });
    expect(next(7)).toEqual({ text: 'The ATX is published', atMs: undefined });
    expect(next(8)).toEqual({
      text: 'The target epoch begins: eligibilities and proposals',
      atMs: 40_000,
    });
    expect(states(way.slice(0, 1))).toEqual([
      'running',
      ...Array.from({ length: 4 }, () => 'to come'),
    ]);
    expect(states(way.slice(0, 6))).toEqual(['done', 'done', 'running', 'to come', 'to come']);
  });

  test('the first of two beginnings counts, and the last of two ends', () => {
    const wait = { publish: 4, until: at(30), roundEnd: at(30) };
    const [line] = epochLines([
      event('poetWaitRound', wait, 1),
      event('waitingForPoetRegistrationWindow', { publish: 4 }, 2),
      event('poetWaitProof', wait, 5),
      event('waitingForPoetRoundEnd', { publish: 4 }, 6),
      event('postStart', {}, 7),
      event('bestProofSelected', {}, 8),
      event('postStart', {}, 9),
      event('postComplete', {}, 10),
      event('postComplete', {}, 12),
      event('atxPublished', { current: 4, until: at(60) }, 13),
      event('atxPublished', { current: 4 }, 14),
    ]);
    expect(line?.steps.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [1000, 5000],
      [5000, 8000],
      [9000, 12_000],
      [13_000, 14_000],
      [undefined, undefined],
    ]);
    // What was announced once stays announced.
    expect(line?.next?.atMs).toBe(60_000);
  });

  test('a wait without its time leaves what was announced', () => {
    for (const kind of ['poetWaitRound', 'waitingForPoetRegistrationWindow'] as const) {
      const [line] = epochLines([
        event(kind, { publish: 4, until: at(30) }, 1),
        event(kind, { publish: 4 }, 2),
      ]);
      expect(line?.next?.atMs).toBe(30_000);
    }
    for (const kind of ['poetWaitProof', 'waitingForPoetRoundEnd'] as const) {
      const [line] = epochLines([
        event(kind, { publish: 4, until: at(30) }, 1),
        event(kind, { publish: 4 }, 2),
      ]);
      expect(line?.next?.atMs).toBe(30_000);
    }
  });

  test('a stream that began late: what comes later has happened', () => {
    expect(states([event('atxPublished', { current: 4 }, 1)])).toEqual([
      'done',
      'done',
      'done',
      'done',
      'to come',
    ]);
    expect(states([event('eligibilities', { epoch: 5 }, 1)])).toEqual(
      Array.from({ length: 5 }, () => 'done'),
    );
    expect(
      states([event('poetWaitRound', { publish: 4 }, 1), event('registeredInPoet', {}, 2)]),
    ).toEqual(['done', 'to come', 'to come', 'to come', 'to come']);
    expect(
      epochLines([event('poetWaitRound', { publish: 4 }, 1), event('postStart', {}, 7)])[0]
        ?.steps[1],
    ).toEqual({ name: 'poet', state: 'done', fromMs: undefined, toMs: 7000 });
  });

  test('a failure is reported at the step that is open, not at those to come', () => {
    const failed = [
      event('poetWaitRound', { publish: 4 }, 1),
      event('waitingForPoetRoundEnd', { publish: 4 }, 2, { failure: true }),
    ];
    expect(states(failed)).toEqual(['done', 'failed', 'to come', 'to come', 'to come']);
    expect(states([...failed, event('bestProofSelected', {}, 3)])).toEqual([
      'done',
      'done',
      'to come',
      'to come',
      'to come',
    ]);
    // Whatever its kind.
    expect(states([event('poetWaitRound', { publish: 4 }, 1), event('initFailed', {}, 2)])).toEqual(
      ['failed', 'to come', 'to come', 'to come', 'to come'],
    );
  });

  test('before any epoch, and of no smesher: no line', () => {
    expect(epochLines([event('initStart', {}, 1), event('postStart', {}, 2)])).toEqual([]);
    expect(epochLines([event('poetWaitRound', { smesher: null, publish: 4 }, 1)])).toEqual([]);
    expect(epochLines([event('eligibilities', {}, 1)])).toEqual([]);
  });

  test('an event without an epoch belongs to the one that its own smesher works for', () => {
    const lines = epochLines([
      event('poetWaitRound', { publish: 4 }, 1),
      event('poetWaitRound', { publish: 7, smesher: otherId }, 2),
      event('registeredInPoet', {}, 3),
      // Eligibilities of an earlier epoch do not turn it back.
      event('eligibilities', { epoch: 4 }, 4),
      event('postStart', {}, 5),
    ]);
    expect(
      lines.map(({ smesher: of, publishEpoch, steps }) => [
        of.slice(0, 6),
        publishEpoch,
        ...steps.map(({ fromMs, toMs }) => fromMs ?? toMs),
      ]),
    ).toEqual([
      ['31b356', 3, undefined, undefined, undefined, undefined, 4000],
      ['31b356', 4, 1000, 5000, 5000, undefined, undefined],
      ['d7e9c5', 7, 2000, undefined, undefined, undefined, undefined],
    ]);
  });

  test('lines by epoch, then by smesher', () => {
    const lines = epochLines([
      event('atxPublished', { current: 5, smesher: otherId }, 1),
      event('atxPublished', { current: 5 }, 2),
      event('atxPublished', { current: 4, smesher: otherId }, 3),
    ]);
    expect(lines.map(({ publishEpoch, smesher: of }) => [publishEpoch, of])).toEqual([
      [4, other],
      [5, smesher],
      [5, other],
    ]);
  });

  test('a proposal belongs to whose layer it is, once', () => {
    const slots = (layer: number) => [
      { layer, count: 1 },
      { layer: layer + 1, count: 1 },
    ];
    const lines = epochLines([
      event('eligibilities', { epoch: 5, eligibilities: slots(50) }, 1),
      event('eligibilities', { epoch: 5, eligibilities: slots(50), smesher: otherId }, 2),
      event('eligibilities', { epoch: 6, eligibilities: slots(60) }, 3),
      event('proposal', { layer: 60 }, 4),
      event('proposal', { layer: 60 }, 5),
      event('proposal', { layer: 50, smesher: otherId }, 6),
      // Of nobody's slot, and of no layer.
      event('proposal', { layer: 55 }, 7),
      event('proposal', {}, 8),
    ]);
    expect(
      lines.map(({ publishEpoch, smesher: of, proposed }) => [
        publishEpoch,
        of.slice(0, 4),
        proposed,
      ]),
    ).toEqual([
      [4, '31b3', []],
      [4, 'd7e9', [50]],
      [5, '31b3', [60]],
    ]);
  });
});
