export function filesBelow(folder: string): string[];
export function zipFolder(folder: string, prefix: string): Uint8Array<ArrayBuffer>;
