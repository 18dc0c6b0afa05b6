import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { billOfMaterials, noticesText, shippedPackages } from '../../../scripts/notices.mjs';

const packages = shippedPackages(fileURLToPath(new URL('../../..', import.meta.url)));
const text = noticesText(packages);

describe('noticesText', () => {
  test('noticesText: every dependency, has its name, version and a licence text', () => {
    for (const { name, version, licence, texts } of packages) {
      expect(text).toContain(`${name} ${version} (${licence})`);
      expect(texts.join('\n').length, name).toBeGreaterThan(500);
    }
  });

  test('noticesText: what is compiled into others, is named', () => {
    for (const part of ['assemblyscript', 'SQLite', 'Emscripten', 'Mike Bostock', 'Google Inc'])
      expect(text).toContain(part);
  });

  test('noticesText: a licence under Apache-2.0, comes with its complete text', () => {
    const apache = packages.filter(({ licence }) => licence.includes('Apache-2.0'));
    expect(apache.length).toBeGreaterThan(3);
    for (const { name, texts } of apache)
      expect(texts.join('\n'), name).toContain('TERMS AND CONDITIONS FOR USE');
  });
});

describe('billOfMaterials', () => {
  const product = { name: 'post-workbench', version: '1.2.3', description: 'x', license: 'MIT' };
  interface Bom {
    readonly bomFormat: string;
    readonly components: readonly {
      readonly purl: string;
      readonly hashes: readonly { readonly content: string }[];
    }[];
  }
  const bom = JSON.parse(billOfMaterials(packages, product)) as Bom;

  test('billOfMaterials: each package, has an address and a hash', () => {
    expect(bom.bomFormat).toBe('CycloneDX');
    expect(bom.components).toHaveLength(packages.length);
    for (const { purl, hashes } of bom.components) {
      expect(purl).toMatch(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/);
      expect(hashes[0]?.content).toMatch(/^[0-9a-f]{128}$/);
    }
  });

  test('billOfMaterials: two runs, give the same bytes', () => {
    expect(billOfMaterials(packages, product)).toBe(billOfMaterials(packages, product));
  });
});
