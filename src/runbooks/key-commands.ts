/** One-liners for a machine without a screen: the ID of a key file, and an ID in its other form. */
import { toBase64, toHex } from '../base/bytes';
import { powershellPath, shellPath } from '../base/shell';
import type { ChecklistStep, Platform } from './platform';

export interface KeyCommandOptions {
  readonly platform: Platform;
  readonly keyFile: string;
  /** 32 bytes; absent: the commands that need one are left out. */
  readonly id?: Uint8Array | undefined;
}

/** The public half of a key file is its digits 65 to 128; the private half is never printed. */
export function keyCommands({ platform, keyFile, id }: KeyCommandOptions): ChecklistStep[] {
  const isWindows = platform === 'windows';
  const key = isWindows ? powershellPath(keyFile) : shellPath(keyFile);
  const digits = `(Get-Content -Raw ${key}).Substring(64, 64)`;
  const bytesOf = (hexText: string): string =>
    `[byte[]](${hexText} -split '(..)' -ne '' | ForEach-Object { [Convert]::ToByte($_, 16) })`;
  const steps: ChecklistStep[] = [
    {
      id: 'hex',
      text: 'The smesher ID of a key file, in hex.',
      command: isWindows ? digits : `cut -c 65-128 ${key}`,
    },
    {
      id: 'base64',
      text: 'The same in base64.',
      command: isWindows
        ? `[Convert]::ToBase64String(${bytesOf(digits)})`
        : `cut -c 65-128 ${key} | xxd -r -p | base64`,
    },
  ];
  if (!id) return steps;
  const asHex = toHex(id);
  const asBase64 = toBase64(id);
  return [
    ...steps,
    {
      id: 'same',
      text: 'Whether the key file is that of this ID.',
      command: isWindows
        ? `${digits} -eq '${asHex}'`
        : `[ "$(cut -c 65-128 ${key})" = ${asHex} ] && echo same || echo different`,
    },
    {
      id: 'to-base64',
      text: 'This ID from hex to base64.',
      command: isWindows
        ? `[Convert]::ToBase64String(${bytesOf(`'${asHex}'`)})`
        : `echo ${asHex} | xxd -r -p | base64`,
    },
    {
      id: 'to-hex',
      text: 'This ID from base64 to hex.',
      command: isWindows
        ? `([Convert]::FromBase64String('${asBase64}') | ForEach-Object { $_.ToString('x2') }) -join ''`
        : `echo ${shellPath(asBase64)} | base64 --decode | xxd -p -c 32`,
    },
  ];
}
