import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/bytes';
import { WorkbenchError } from '../../src/base/error';
import type { PostMetadata } from '../../src/protocol/metadata';
import {
  fileCount,
  labelsInFile,
  readMetadata,
  totalLabels,
  writeMetadata,
} from '../../src/protocol/metadata';

interface Value {
  node_id: string;
  commitment_atx_id: string;
  labels_per_unit: string;
  num_units: number;
  max_file_size: string;
  nonce: string | null;
  nonce_value?: string | null;
  last_position: string | null;
}
type Read = { ok: true; value: Value; rewritten: string } | { ok: false; error: string };
const vectors = JSON.parse(
  readFileSync(new URL('../data/post/metadata.json', import.meta.url), 'utf8'),
) as {
  read: { file: string; text_base64: string; post_rs: Read; go_post: Read }[];
  written: {
    writer: string;
    dir: string | null;
    what?: string;
    text: string;
    num_files?: number;
    total_labels?: string;
    labels_in_file?: number[];
  }[];
};

const asVector = (m: PostMetadata): Value => ({
  node_id: toHex(m.nodeId),
  commitment_atx_id: toHex(m.commitmentAtxId),
  labels_per_unit: String(m.labelsPerUnit),
  num_units: m.numUnits,
  max_file_size: String(m.maxFileSize),
  nonce: m.nonce?.toString() ?? null,
  nonce_value: m.nonceValue ? toHex(m.nonceValue) : null,
  last_position: m.lastPosition?.toString() ?? null,
});

describe('reading as both references do', () => {
  test.each(vectors.read)('$file', ({ text_base64, post_rs, go_post }) => {
    // As a file's text() would be, but with the BOM kept, to be told of.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      Buffer.from(text_base64, 'base64'),
    );
    if (!post_rs.ok && !go_post.ok) {
      expect(() => readMetadata(text)).toThrow(WorkbenchError);
      return;
    }
    const reading = readMetadata(text);
    expect({ go: reading.node.ok, postRs: reading.postRs.ok }).toEqual({
      go: go_post.ok,
      postRs: post_rs.ok,
    });
    expect(reading.remarks.length > 0).toBe(
      !go_post.ok || !post_rs.ok || text.includes('"Foo"') || text.includes('node_id'),
    );
    if (go_post.ok) {
      // Go's own "" for a nonce value that it read as empty is none when it is written again.
      expect(asVector(reading.metadata)).toEqual({
        ...go_post.value,
        nonce_value: go_post.value.nonce_value || null,
      });
      expect(writeMetadata(reading.metadata)).toBe(go_post.rewritten);
    } else if (post_rs.ok) {
      expect(asVector(reading.metadata)).toMatchObject(post_rs.value);
    }
  });
});

describe('what the references wrote', () => {
  test.each(vectors.written)('$writer: $dir $what', (written) => {
    const { metadata, node, postRs, remarks } = readMetadata(written.text);
    expect([node.ok, postRs.ok, remarks]).toEqual([true, true, []]);
    if (written.writer.startsWith('go')) expect(writeMetadata(metadata)).toBe(written.text);
    if (!written.labels_in_file) return;
    expect(Number(fileCount(metadata))).toBe(written.num_files);
    expect(String(totalLabels(metadata))).toBe(written.total_labels);
    expect(written.labels_in_file.map((_, i) => Number(labelsInFile(metadata, i)))).toEqual(
      written.labels_in_file,
    );
  });
});
