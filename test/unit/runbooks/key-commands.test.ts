import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { toBase64, toHex } from '../../../src/base/bytes';
import { powershellPath, powershellWord } from '../../../src/base/shell';
import { keyCommands } from '../../../src/runbooks/key-commands';
import { platformOf } from '../../../src/runbooks/platform';

const folder = mkdtempSync(join(tmpdir(), "ke'ys "));
afterAll(() => rmSync(folder, { recursive: true }));
const id = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 200);
const keyFile = join(folder, 'local.key');
writeFileSync(keyFile, `${'5'.repeat(64)}${toHex(id)}`);

describe('keyCommands', () => {
  test.each([
    ['hex', toHex(id)],
    ['base64', toBase64(id)],
    ['same', 'same'],
    ['to-base64', toBase64(id)],
    ['to-hex', toHex(id)],
  ])('keyCommands: %s, run in a shell', (step, output) => {
    const command = keyCommands({ platform: 'linux', keyFile, id }).find((one) => one.id === step);
    expect(execFileSync('sh', ['-c', command?.command ?? ''], { encoding: 'utf8' }).trim()).toBe(
      output,
    );
  });

  test('keyCommands: no command prints the private half', () => {
    for (const platform of ['linux', 'macos', 'windows'] as const)
      for (const { command } of keyCommands({ platform, keyFile, id }))
        if (command?.includes('local.key')) expect(command).toMatch(/65-128|Substring\(64, 64\)/);
  });
});

describe('PowerShell', () => {
  test('powershellWord: quotes of every kind doubled, a dash in front kept from being an option', () => {
    expect(powershellWord("o'x")).toBe("'o''x'");
    expect(powershellWord('o’x')).toBe("'o’’x'");
    expect(powershellWord('$(id)')).toBe("'$(id)'");
    expect(powershellWord('-rf')).toBe("'-rf'");
    expect(() => powershellWord('a\nb')).toThrow(/./);
  });

  test('powershellPath: home', () => {
    expect(powershellPath('~\\my node')).toBe("(Join-Path $HOME 'my node')");
    expect(powershellPath('~')).toBe('$HOME');
  });
});

describe('platformOf', () => {
  test.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 'windows'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 'macos'],
    ['Mozilla/5.0 (X11; Linux x86_64)', 'linux'],
    ['', 'linux'],
  ])('platformOf: %s, %s', (description, platform) => {
    expect(platformOf(description)).toBe(platform);
  });
});
