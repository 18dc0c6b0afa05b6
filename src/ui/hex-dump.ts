/** A hex dump of bytes: offset, sixteen bytes, and what of them is ASCII. */
export function hexDump(bytes: Uint8Array, start = 0, length = bytes.length - start): string {
  const lines: string[] = [];
  const end = Math.min(bytes.length, start + length);
  for (let at = start; at < end; at += 16) {
    const line = [...bytes.subarray(at, Math.min(at + 16, end))];
    const pairs = line.map((byte) => byte.toString(16).padStart(2, '0'));
    const left = pairs.slice(0, 8).join(' ');
    const right = pairs.slice(8).join(' ');
    const ascii = line
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
      .join('');
    lines.push(
      `${at.toString(16).padStart(8, '0')}  ${left.padEnd(23)}  ${right.padEnd(23)}  ${ascii}`,
    );
  }
  return lines.join('\n');
}
