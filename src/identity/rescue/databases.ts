/** What names, sizes and headers show about the databases of a node. SQLite file format, section 1.3. */
import { bare, fileNameOf, folderNameOf } from '../places';
import type { Estate, FoundDatabase, RescueFinding } from './types';

export const headerBytes = 100;

/** Bytes that the header of a database promises, 0 where it promises nothing; undefined for what is not a database. */
export function promisedBytes(head: Uint8Array): number | undefined {
  const magic = 'SQLite format 3\0';
  if (head.length < headerBytes) return undefined;
  for (let i = 0; i < magic.length; i++) if (head[i] !== magic.charCodeAt(i)) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const stored = view.getUint16(16);
  const pageBytes = stored === 1 ? 65_536 : stored;
  // The size is valid only if the two change counters agree.
  return view.getUint32(24) === view.getUint32(92) ? pageBytes * view.getUint32(28) : 0;
}

export function databaseFindings({ databases, keys }: Estate): RescueFinding[] {
  const byFolder = new Map<string, FoundDatabase[]>();
  for (const database of databases) {
    const folder = `${database.place} ${folderNameOf(database.path)}`;
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), database]);
  }
  const findings = [...byFolder.values()].flatMap(folderFindings);
  const hasLocal = databases.some((found) =>
    /^(local|node_state)\.sql$/.test(fileNameOf(found.path)),
  );
  if (keys.some(({ hasPrivateKey }) => hasPrivateKey) && databases.length > 0 && !hasLocal)
    findings.push({
      code: 'local-database-missing',
      severity: 'damaged',
      message:
        'There are keys, but no local.sql. It holds the initial PoST and the registrations at PoETs.',
      steps: [
        'Look for local.sql and its -wal in the data folder and in backups.',
        'Without it the node makes the initial proof again, and may miss one epoch. It must not publish twice for one epoch: start it only after the epoch in which the last ATX was published.',
      ],
      sources: keys.map(bare),
    });
  return findings;
}

function folderFindings(files: readonly FoundDatabase[]): RescueFinding[] {
  const byName = new Map(files.map((found) => [fileNameOf(found.path), found]));
  const findings: RescueFinding[] = [];
  const local = byName.get('local.sql');
  const old = byName.get('node_state.sql');
  if (local && old)
    findings.push({
      code: 'two-local-databases',
      severity: 'danger',
      message:
        'Both node_state.sql and local.sql are here. The node moves the first to the second only where there is no local.sql, and stops if it finds both.',
      steps: [
        'Find out which of them the node used last, by date and by the log.',
        'Move the other one, with its -wal and -shm, out of the folder. Delete neither.',
      ],
      sources: [bare(local), bare(old)],
    });
  for (const [name, found] of byName) {
    const sources = [bare(found)];
    if (name.endsWith('.sql-wal')) {
      if (!byName.has(name.slice(0, -'-wal'.length)))
        findings.push({
          code: 'wal-without-database',
          severity: 'danger',
          message: `${name} is here without its database. Beside a new database of that name it would be read into it.`,
          steps: ['Move it out of the folder before a database is put there, and keep it.'],
          sources,
        });
      continue;
    }
    if (!name.endsWith('.sql')) continue;
    if (found.sizeBytes === 0)
      findings.push({
        code: 'database-empty',
        severity: 'damaged',
        message: `${name} is empty.`,
        steps: [
          byName.has(`${name}-wal`)
            ? 'Keep its -wal: it may hold all of the contents. Copy both before you open them.'
            : 'Restore it from a backup.',
        ],
        sources,
      });
    else if (found.promisedBytes === undefined && !byName.has(`${name}-wal`))
      findings.push({
        code: 'database-without-header',
        severity: 'damaged',
        message: `${name} does not begin as a database that was closed properly, and its -wal is not here.`,
        steps: [
          'Look for its -wal, then open both on the State page.',
          'Restore it from a backup.',
        ],
        sources,
      });
    else if (!byName.has(`${name}-wal`) && found.sizeBytes < (found.promisedBytes ?? 0))
      findings.push({
        code: 'database-truncated',
        severity: 'damaged',
        message: `${name} has ${found.sizeBytes} bytes, its header promises ${found.promisedBytes}. The copy is incomplete.`,
        steps: ['Copy it again while the node is stopped.'],
        sources,
      });
  }
  return findings;
}
