import { describe, expect, test } from 'vitest';
import { collectEstate, type CollectedEstate } from '../../../../src/identity/rescue/collect';
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
  malicious = [],
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

describe('rebuilt metadata', () => {
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
