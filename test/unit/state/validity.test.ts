// The column atxs.validity in words that agree with the audit.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { smesher } from '../../../src/state/queries/smeshers';
import { validities, validityHint, validityPresentation } from '../../../src/state/validity';
import { openSample } from '../../support/audit';

test('validityPresentation: no text calls an ATX valid or invalid', () => {
  for (const validity of validities) {
    const { text, meaning } = validityPresentation[validity];
    expect(text).not.toMatch(/valid/);
    expect(meaning).toMatch(/^This node .*\.$/);
  }
  expect(validityHint).toContain('decides neither weight nor rewards');
});

test('validity 2: the sample has it on a merged ATX that earned', async () => {
  const database = await openSample();
  const { smeshers } = JSON.parse(readFileSync('test/data/node/meta.json', 'utf8')) as {
    smeshers: Record<string, string>;
  };
  const { atxs } = await smesher(database, smeshers['B1_primary'] ?? '');
  const refused = atxs.filter(({ validity }) => validity === 'invalid');
  expect(refused.length).toBeGreaterThan(0);
  const [merged] = refused.filter(({ marriageAtx }) => marriageAtx);
  const { rows } = await database.query(
    'SELECT count(*) FROM rewards WHERE pubkey = :smesher AND layer / 10 = :epoch',
    { smesher: merged?.publisher ?? null, epoch: merged?.targetEpoch ?? null },
  );
  expect(rows[0]?.[0]).toBeGreaterThan(0);
});
