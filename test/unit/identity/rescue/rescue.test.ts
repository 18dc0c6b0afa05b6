import { describe, expect, test } from 'vitest';
import { collectEstate, type CollectedEstate } from '../../../../src/identity/rescue/collect';
import { rebuildMetadata } from '../../../../src/identity/rescue/rebuild';
import { rescueReport } from '../../../../src/identity/rescue/rescue';
import type { Estate, RescueReport } from '../../../../src/identity/rescue/types';
import { recogniseFile, type FileKind } from '../../../../src/protocol/recognise';
import { readMetadata } from '../../../../src/protocol/metadata';
import {
  brokenEstates,
  commitmentOf,
  healthy,
  idOf,
  keyOf,
  labelsPerUnit,
  metadataText,
  type BrokenEstate,
  type Files,
} from '../../../support/estates';

/** As a page sorts a drop. */
function collect(place: string, files: Files): Promise<CollectedEstate> {
  const kinds = new Map<FileKind, { path: string; file: File }[]>();
  for (const [path, content] of Object.entries(files)) {
    const bytes =
      typeof content === 'number'
        ? new Uint8Array(content)
        : typeof content === 'string'
          ? new TextEncoder().encode(content)
          : content;
    const kind = recogniseFile({ name: path, sizeBytes: bytes.length, head: bytes.slice(0, 4096) });
    const some = kinds.get(kind) ?? [];
    kinds.set(kind, some);
    some.push({ path, file: new File([new Uint8Array(bytes)], path) });
  }
  return collectEstate(place, kinds);
}

async function report({
  files,
  other = {},
  commitments = [],
  malicious,
}: Omit<BrokenEstate, 'name' | 'codes'>): Promise<RescueReport> {
  const parts = [await collect('one', files), await collect('two', other)];
  const all = <Name extends keyof CollectedEstate>(name: Name): CollectedEstate[Name] =>
    parts.flatMap((part) => [...part[name]]) as unknown as CollectedEstate[Name];
  const estate: Estate = {
    keys: all('keys'),
    folders: all('folders'),
    databases: all('databases'),
    configs: all('configs'),
    logs: all('logs'),
    unread: all('unread'),
    unrecognised: all('unrecognised'),
    commitments,
    malicious,
    labelsPerUnit,
  };
  return rescueReport(estate);
}

describe('rescueReport', () => {
  test.each(brokenEstates)('rescueReport: $name, $codes', async ({ codes, ...estate }) => {
    const { findings, outcome } = await report(estate);
    const serious = findings.filter(({ severity }) => severity !== 'note');
    expect(serious.map(({ code }) => code)).toEqual(codes);
    expect(outcome).toBe(codes.length === 0 ? 'good' : 'attention');
    for (const { message, steps } of findings) {
      expect(message).toMatch(/[.:·]/);
      expect(steps.length).toBeGreaterThan(0);
      for (const step of steps) expect(step).toMatch(/^[A-Z].*[^ ]$/s);
    }
  });

  test('rescueReport: nothing dropped, no all-clear', async () => {
    expect(await report({ files: {} })).toMatchObject({ outcome: 'nothing', findings: [] });
  });

  test('rescueReport: healthy, what was not asked is named beside the all-clear', async () => {
    const { outcome, notChecked } = await report({
      files: { ...healthy(1), 'node/notes.bin': new Uint8Array([1, 2, 3]) },
    });
    expect(outcome).toBe('good');
    expect(notChecked.join('\n')).toMatch(/malfeasance proofs/);
    expect(notChecked.join('\n')).toMatch(/commitments of 1 of 1 identity/);
    expect(notChecked.join('\n')).toMatch(/1 file that was not recognised: node\/notes\.bin/);
    const asked = await report({
      files: healthy(1),
      malicious: [],
      commitments: [{ nodeId: idOf(1), commitmentAtxId: commitmentOf(1), source: 'state.sql' }],
    });
    expect(asked.notChecked.join('\n')).not.toMatch(/malfeasance|commitments|recognised/);
  });

  test.each(['equivocation detected', 'database disk image is malformed'])(
    'rescueReport: a log with "%s", no all-clear',
    async (line) => {
      const log = `2026-11-21T08:46:50.000Z\tERROR\t00000.defaultLogger\t${line}\t{"module":"node"}\n`;
      const { outcome } = await report({ files: { ...healthy(1), 'node/node.log': log } });
      expect(outcome).toBe('attention');
    },
  );

  test('rescueReport: a config that leaves the units to the preset, which has fewer', async () => {
    const { findings } = await report({
      files: { ...healthy(1), 'node/config.json': '{"preset":"standalone","smeshing":{}}' },
    });
    expect(findings.map(({ code }) => code)).toContain('units-reduced-in-config');
  });

  test('rescueReport: metadata and a file name of billions of files, answered without a list of them', async () => {
    const files = {
      ...healthy(1),
      [`post/postdata_metadata.json`]: metadataText(1, {
        numUnits: 4_294_967_295,
        maxFileSize: 16,
      }),
      ...Object.fromEntries(
        [0, 1, 2, 3, 4_294_967_294].map((number) => [`post/postdata_${number}.bin`, 16]),
      ),
    };
    const { findings } = await report({ files });
    expect(findings.find(({ code }) => code === 'files-missing')?.message).toMatch(
      /4,294,967,290 files .*from postdata_4\.bin on/,
    );
  });

  test('rescueReport: dangers before damage, of two machines with several faults', async () => {
    const { findings } = await report({
      files: { ...healthy(1), 'post/postdata_3.bin': 512 },
      other: { 'k/local.key': keyOf(1).toKeyFile(), 'post/postdata_metadata.json': '' },
    });
    const ranks = findings.map(({ severity }) => ['danger', 'damaged', 'note'].indexOf(severity));
    expect(ranks).toEqual(ranks.toSorted());
    expect(findings[0]?.code).toBe('key-in-two-places');
  });
});

/** A file that is gone when it is read. */
class GoneFile extends File {
  override slice(): Blob {
    return new GoneFile([], this.name);
  }
  override arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.reject(new DOMException('raw message of the engine', 'NotFoundError'));
  }
  override text(): Promise<string> {
    return Promise.reject(new DOMException('raw message of the engine', 'NotFoundError'));
  }
  override stream(): never {
    throw new DOMException('raw message of the engine', 'NotFoundError');
  }
  override get size(): number {
    return 300;
  }
}

test.each([
  ['database', 'state.sql'],
  ['log', 'node.log'],
  ['key', 'local.key'],
] as const)(
  'collectEstate: a %s that is gone when it is read, in the report by its name',
  async (kind, path) => {
    const { unread } = await collectEstate(
      'one',
      new Map([[kind, [{ path, file: new GoneFile([], path) }]]]),
    );
    expect(unread).toMatchObject([{ place: 'one', path }]);
    expect(unread[0]?.reason).not.toContain('raw message');
  },
);

describe('rebuilt metadata', () => {
  test('rebuildMetadata: only a later file is left, the units of its place and not of its size', () => {
    const estate: Estate = {
      ...{ folders: [], databases: [], configs: [], logs: [], unread: [], unrecognised: [] },
      keys: [{ place: 'one', path: 'local.key', nodeId: idOf(1), hasPrivateKey: true }],
      commitments: [{ nodeId: idOf(1), commitmentAtxId: commitmentOf(1), source: 'state.sql' }],
      ...{ malicious: undefined, labelsPerUnit: 4_294_967_296n },
    };
    const { text } = rebuildMetadata(
      {
        ...{ place: 'one', path: 'post', metadata: { state: 'missing', reason: '' } },
        files: [{ number: 47, sizeBytes: 4_294_967_296 }],
      },
      estate,
    );
    expect(readMetadata(text ?? '').metadata.numUnits).toBe(3);
  });

  const lost = (files: Files) =>
    Object.fromEntries(
      Object.entries(files).filter(([path]) => !path.endsWith('postdata_metadata.json')),
    );
  const known = { nodeId: idOf(1), commitmentAtxId: commitmentOf(1), source: 'state.sql' };

  test('rescueReport: files, one key and its commitment, the metadata as it was without its nonce', async () => {
    const { findings } = await report({ files: lost(healthy(1)), commitments: [known] });
    const rebuilt = findings.find(({ code }) => code === 'metadata-missing')?.rebuilt;
    expect(rebuilt?.missing).toEqual([]);
    expect(readMetadata(rebuilt?.text ?? '').metadata).toEqual(
      readMetadata(metadataText(1, { nonce: null })).metadata,
    );
  });

  test('rescueReport: two keys that may own the data, or no commitment, nothing is guessed', async () => {
    const two = { ...lost(healthy(1)), 'node/identities/b.key': keyOf(2).toKeyFile() };
    for (const estate of [{ files: two, commitments: [known] }, { files: lost(healthy(1)) }]) {
      const { findings } = await report(estate);
      const rebuilt = findings.find(({ code }) => code === 'metadata-missing')?.rebuilt;
      expect(rebuilt?.text).toBeUndefined();
      expect(rebuilt?.missing).not.toEqual([]);
    }
  });

  test('rescueReport: files that end within a unit, NumUnits is stated as assumed', async () => {
    const files = { ...lost(healthy(1)), 'post/postdata_3.bin': 512 };
    const { findings } = await report({ files, commitments: [known] });
    const rebuilt = findings.find(({ code }) => code === 'metadata-missing')?.rebuilt;
    expect(rebuilt?.assumed.join(' ')).toContain('NumUnits 4');
  });
});
