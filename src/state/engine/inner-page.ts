/** Pages of b-trees by their first byte, and where an inner one leads (https://www.sqlite.org/fileformat2.html §1.6). */
export const pageType = { innerIndex: 2, innerTable: 5, leafIndex: 10, leafTable: 13 } as const;

/** The children of an inner page in the order of their keys; undefined for any other page, also a damaged one. */
export function childrenOf(page: Uint8Array, number: number): number[] | undefined {
  const header = number === 1 ? 100 : 0;
  const type = page[header];
  if (type !== pageType.innerTable && type !== pageType.innerIndex) return undefined;
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const cells = view.getUint16(header + 3);
  if (header + 12 + 2 * cells > page.length) return undefined;
  const children: number[] = [];
  for (let i = 0; i < cells; i++) {
    const at = view.getUint16(header + 12 + 2 * i);
    if (at + 4 > page.length) return undefined;
    children.push(view.getUint32(at));
  }
  children.push(view.getUint32(header + 8));
  return children;
}
